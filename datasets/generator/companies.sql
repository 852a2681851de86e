-- The table of companies: what is true of them as far as it was asked and answered. The columns are the
-- facts of the rulebook, in its order.

CREATE VIEW companies AS
SELECT
    format('c{:08d}', i) AS company_id,
    concat_ws(' ', pick(h, 'name', getvariable('name_words')), industry.noun, i) AS company_name,
    getvariable('as_of') AS as_of_date,
    told(h, 'country', country.code, crm) AS country,
    -- Left out by some where it is the default; other money would be misread without it.
    told(h, 'currency', country.currency, CASE country.currency WHEN 'EUR' THEN 0.6 ELSE 1 END) AS currency,
    told(h, 'languages', CASE
        WHEN country.language <> 'en' AND u(h, 'english') < 0.3 THEN [country.language, 'en']
        ELSE [country.language]
    END, 0.25 * crm) AS languages,
    told(h, 'n_locations', floor(1 + employees / 25 * u(h, 'locations')), 0.5 * crm)::INTEGER AS n_locations,
    told(h, 'industry', CASE
        WHEN u(h, 'coded') < 0.2 AND industry.nace IS NOT NULL THEN industry.nace
        ELSE industry.slug
    END, crm) AS industry,
    -- Registers often give a size class only: its bounds.
    told(h, 'employees', CASE
        WHEN u(h, 'band') < 0.85 OR record = 'rich' THEN employees
        WHEN employees < 10 THEN 1 WHEN employees < 50 THEN 10 WHEN employees < 250 THEN 50 ELSE 250
    END, crm)::DOUBLE AS employee_count,
    told(h, 'employees', CASE
        WHEN u(h, 'band') < 0.85 OR record = 'rich' THEN NULL
        WHEN employees < 10 THEN 9 WHEN employees < 50 THEN 49 WHEN employees < 250 THEN 249 ELSE 20000
    END, crm)::DOUBLE AS employee_count_max,
    told(h, 'business_model', CASE WHEN b2b THEN 'b2b' WHEN mixed THEN 'both' ELSE 'b2c' END, crm) AS business_model,
    told(h, 'years_in_business', years, 0.7 * crm) AS years_in_business,
    told(h, 'market_position', CASE
        WHEN years < 2 THEN 'starting' WHEN years < 5 THEN 'growing'
        WHEN u(h, 'leading') < 0.12 THEN 'leading' ELSE 'established'
    END, 0.3 * k_basic) AS market_position,
    told(h, 'has_outside_owners', yes_if(outside_owners), greatest(k_basic, 0.4 * crm)) AS has_outside_owners,
    told(h, 'competition', pick(h, 'rivals', ['low', 'medium', 'medium', 'high', 'high']), 0.3 * k_basic)
        AS competition_intensity,
    told(h, 'net_margin', round(8 + 9 * z(h, 'net_margin'), 1) + 0.0, 0.6 * books) AS net_margin_pct,
    told(h, 'price_sensitivity', pick(h, 'bargain', ['low', 'medium', 'high']), 0.3 * k_basic)
        AS customer_price_sensitivity,
    told_or_not_known(h, 'has_social_presence', yes_if(present), greatest(k_basic, 0.35 * crm), 0.005)
        AS has_social_presence,
    told(h, 'typical_price', price, 0.6 * crm) AS typical_price,
    told(h, 'sales_cycle', round(industry.cycle * (0.5 + u(h, 'sales_cycle'))), 0.4 * crm) AS sales_cycle_days,
    told(h, 'price_position', CASE
        WHEN z(h, 'price') < -0.6 THEN 'budget' WHEN z(h, 'price') < 0.8 THEN 'mid' ELSE 'premium'
    END, 0.3 * k_basic) AS price_position,
    told(h, 'purchase_frequency', frequency, greatest(k_basic, 0.15 * crm)) AS purchase_frequency,
    told(h, 'existing_customers', customers, 0.45 * crm) AS existing_customers,
    told_or_not_known(h, 'existing_customers_level', CASE
        WHEN customers = 0 THEN 'none' WHEN customers < 100 THEN 'some' ELSE 'many'
    END, k_basic, dk) AS existing_customers_level,
    answer(h, 'wants_more_customers', 0.85, d_goal, dk) AS wants_more_customers,
    told(h, 'customer_visits', CASE
        WHEN industry.price < 30 THEN pick(h, 'often', ['daily', 'weekly', 'weekly', 'monthly'])
        ELSE pick(h, 'seldom', ['weekly', 'monthly', 'rarely', 'rarely'])
    END, 0.25 * k_basic) AS customer_visit_frequency,
    told(h, 'target_parties', parties, greatest(d_goal, 0.5 * k_goal)) AS target_parties,
    told(h, 'best_alternative', pick(h, 'alternative',
        ['referrals', 'email', 'trade fairs', 'search', 'shop window', 'telephone']), 0.35 * k_purpose)
        AS best_alternative_channel,
    told(h, 'yields', tidy(yield * CASE
        WHEN poor_yield THEN 3.3 + 6 * u(h, 'alternative yield') ELSE 0.1 + 2 * u(h, 'alternative yield')
    END), 0.2 * books) AS alt_customers_per_half_hour,
    told(h, 'yields', tidy(yield), 0.2 * books) AS social_customers_per_half_hour,
    told_or_not_known(h, 'social_beats', CASE
        WHEN poor_yield THEN 'much_worse'
        ELSE pick(h, 'compared', ['better', 'better', 'similar', 'similar', 'worse'])
    END, k_purpose, 1.5 * dk) AS social_beats_alternative,
    answer(h, 'wins_customers_elsewhere', 0.8, 0.3 * k_purpose, dk) AS wins_customers_elsewhere,
    told_or_not_known(h, 'conversion_path', yes_if(path), k_purpose, dk) AS conversion_path,
    answer(h, 'has_clear_reason', likely(m, 0.38), k_goal, dk) AS has_clear_reason,
    answer(h, 'expected_gain_stated', likely(m, 0.30), k_goal, dk) AS expected_gain_stated,
    told_list(h, 'business_goals', goals, k_goal, 0.5 * dk) AS business_goals,
    told_list(h, 'purposes', purposes, k_goal, 0.5 * dk) AS purposes,
    answer(h, 'knows_lead_path', likely(m, 0.32), k_goal * CASE
        WHEN for_acquire OR list_has_any(goals, ['leads', 'sales']) THEN 1 ELSE 0.1
    END, dk) AS knows_lead_path,
    told_list(h, 'motives', reasons, k_goal, 0.5 * dk) AS motives,
    answer(h, 'networks_identified', likely(m, 0.34), k_network * CASE WHEN accounts = 0 THEN 1 ELSE 0.4 END, dk)
        AS networks_identified,
    -- Asked when the networks at hand look poor.
    answer(h, 'networks_considered', 0.25 + 0.5 * m, k_network * CASE
        WHEN accounts = 0 THEN 0 WHEN fit < 0.4 THEN 0.8 ELSE 0.25
    END, dk) AS networks_considered,
    answer(h, 'checked_web_analytics', likely(m, 0.1), d_network, dk) AS checked_web_analytics,
    told_or_not_known(h, 'has_social_strategy', yes_if(has_plan), k_leaders, dk) AS has_social_strategy,
    told_list(h, 'plan_components', plan, d_leaders * has_plan::INTEGER, dk) AS plan_components,
    told_or_not_known(h, 'strategy_scope', CASE
        WHEN u(h, 'strategy_scope') < likely(m, 0.28) THEN 'company'
        WHEN u(h, 'no strategy') < 0.2 THEN 'none' ELSE 'marketing'
    END, d_leaders * if_led, dk) AS strategy_scope,
    told_or_not_known(h, 'strategy_owner', owner, k_leaders * greatest(if_team, 0.15), dk) AS strategy_owner,
    told_or_not_known(h, 'leaders_involved', CASE
        WHEN u(h, 'leaders_involved') < likely(m, 0.26) THEN 'all'
        WHEN u(h, 'no leaders') < 0.25 THEN 'none' ELSE 'some'
    END, k_leaders * if_led, dk) AS leaders_involved,
    answer(h, 'leadership_understands', likely(m, 0.42), k_leaders, dk) AS leadership_understands,
    told_or_not_known(h, 'leadership_buy_in', CASE
        WHEN u(h, 'leadership_buy_in') < likely(m, 0.30) THEN 'yes'
        WHEN u(h, 'no buy in') < 0.3 THEN 'no' ELSE 'partial'
    END, k_leaders * if_led, dk) AS leadership_buy_in,
    answer(h, 'leadership_tracks_social', likely(m, 0.1), d_leaders * if_led, dk) AS leadership_tracks_social,
    told_list(h, 'opposed_by', pick(h, 'opponents', [[], [], ['shareholders'], ['board']]),
        d_open * if_promised, dk) AS opposed_by,
    told_list(h, 'buy_in_levels', CASE
        WHEN u(h, 'buy_in_levels') < likely(m, 0.1) THEN ['executives', 'managers', 'staff']
        ELSE pick(h, 'levels won', [['executives'], ['staff'], ['managers', 'staff'], []])
    END, d_leaders * if_team, dk) AS buy_in_levels,
    told(h, 'departments', parts, crm * CASE WHEN employees < 10 THEN 0.1 ELSE 0.5 END) AS departments,
    told_list(h, 'departments_prepared', CASE
        WHEN u(h, 'departments_prepared') < likely(m, 0.28) THEN parts ELSE some_of(h, 'department', parts, 0.55)
    END, d_leaders * if_team, dk) AS departments_prepared,
    told_list(h, 'staff_levels', CASE
        WHEN u(h, 'staff_levels') < likely(m, 0.1) THEN ['executives', 'managers', 'staff']
        ELSE pick(h, 'levels prepared', [['executives'], ['staff'], ['managers', 'staff'], []])
    END, d_leaders * if_team, dk) AS staff_levels_prepared,
    told_list(h, 'impact_areas', impact, d_leaders * if_team, dk) AS impact_areas_considered,
    told_list(h, 'stakeholders', some_of(h, 'stakeholder',
        ['customers', 'competitors', 'industry', 'shareholders', 'employees', 'prospects'], 0.35 + 0.6 * m),
        d_leaders, dk) AS stakeholders_considered,
    answer(h, 'expert_consulted', 0.15 + 0.3 * m, d_leaders, dk) AS expert_consulted,
    answer(h, 'channels_aligned', likely(m, 0.15), d_leaders, dk) AS channels_aligned,
    told(h, 'trigger_event', pick(h, 'event', ['none', 'none', 'none', 'none', 'very_good', 'very_bad']),
        0.25 * k_leaders) AS trigger_event,
    answer(h, 'comfortable_transparent', likely(m, 0.42), k_open, dk) AS comfortable_transparent,
    answer(h, 'comfortable_authentic', likely(m, 0.44), k_open, dk) AS comfortable_authentic,
    answer(h, 'relies_on_secrecy', 0.20 * (1 - m), d_open, dk) AS relies_on_secrecy,
    answer(h, 'announces_new_features', 0.5, 0.3 * k_open, dk) AS announces_new_features,
    told_or_not_known(h, 'public_commitments', yes_if(promised), d_open, dk) AS public_commitments,
    answer(h, 'commitments_resourced', likely(m, 0.30), d_open * if_promised, dk) AS commitments_resourced,
    answer(h, 'commitments_kept', likely(m, 0.20), d_open * if_promised, dk) AS commitments_kept,
    answer(h, 'commitments_legal_review', 0.3 + 0.4 * m, d_open * if_promised, dk) AS commitments_legal_review,
    answer(h, 'disclosure_risks_assessed', likely(m, 0.0), d_open, dk) AS disclosure_risks_assessed,
    told_list(h, 'social_functions', functions, k_leaders * if_team, dk) AS social_functions,
    told_list(h, 'reply_functions', repliers, d_leaders * if_team, dk) AS reply_functions,
    told_list(h, 'marketing_tasks', some_of(h, 'task',
        ['message_design', 'monitoring', 'sharing', 'impact_measurement'], 0.3 + 0.7 * m), d_leaders * if_team, dk)
        AS marketing_tasks,
    told_or_not_known(h, 'commitment_open_ended', yes_if(open_ended), k_means, dk) AS commitment_open_ended,
    told(h, 'commitment_weeks', pick(h, 'weeks', [4, 6, 8, 12, 26, 26, 52, 52, 104]),
        0.85 * k_means * (NOT open_ended)::INTEGER)::DOUBLE AS commitment_weeks,
    told_or_not_known(h, 'can_pay_for_social', yes_if(pays), k_means, dk) AS can_pay_for_social,
    answer(h, 'can_add_to_workload', likely(m, 0.33), k_means * CASE WHEN pays THEN 0.2 ELSE 1 END, dk)
        AS can_add_to_workload,
    told(h, 'people_assigned', CASE
        WHEN u(h, 'people_assigned') >= likely(m, 0.35) THEN 0 ELSE 1 + floor(40 * size_bonus * u(h, 'team size'))
    END, d_means)::DOUBLE AS people_assigned,
    answer(h, 'social_tools_available', likely(m, 0.25), d_means, dk) AS social_tools_available,
    told(h, 'hours_available', hours_set_aside, k_means) AS social_hours_week_available,
    told(h, 'closed_season', closed, k_means * CASE
        WHEN len(closed) > 0 THEN 0.9 WHEN present THEN 0.15 ELSE 0
    END) AS closed_season,
    told(h, 'labour_cost', wage, books) AS labour_cost_hour,
    told(h, 'social_budget', budget, greatest(books, 0.3 * k_means)) AS social_budget_month,
    told(h, 'ad_budget', tidy(budget * 0.4 * u(h, 'ad_budget')), books) AS ad_budget_month,
    told(h, 'outsourcing_budget', CASE
        WHEN pays AND u(h, 'outsourced') < 0.6 THEN tidy((150 + 900 * u(h, 'fee')) * country.per_euro) ELSE 0
    END, greatest(0.6 * books, 0.2 * k_means)) AS outsourcing_budget_month,
    answer(h, 'take_over', 0.35 + 0.4 * m, 0.55 * k_means * if_team, dk) AS someone_inside_can_take_over,
    told_list(h, 'funded_activities', funded, k_means, 0.5 * dk) AS funded_activities,
    told(h, 'other_channels', some_of(h, 'channel',
        ['email', 'events', 'search', 'print', 'referral', 'shop'], 0.4), d_means) AS other_promotion_channels,
    answer(h, 'crowded_out', CASE WHEN overworked THEN 0.6 ELSE 0.1 * (1 - m) END, d_means * if_present, dk)
        AS other_work_crowded_out,
    told(h, 'keeper_hours', keeper_social, greatest(books, 0.5 * k_means) * if_present) AS keeper_social_hours_week,
    told(h, 'keeper_hours', keeper_hours, greatest(books, 0.5 * k_means) * if_present)::DOUBLE
        AS keeper_working_hours_week,
    told_or_not_known(h, 'keeper_over_half', yes_if(keeper_social > 0.5 * keeper_hours), k_means * if_present,
        0.5 * dk) AS keeper_over_half,
    told(h, 'keeper_is_dedicated', yes_if(dedicated), k_means * if_present * CASE
        WHEN keeper_social > 0.5 * keeper_hours THEN 1 ELSE 0.3
    END) AS keeper_is_dedicated,
    told_or_not_known(h, 'pipeline_exists', yes_if(has_pipeline), k_pipeline, dk) AS pipeline_exists,
    told_list(h, 'pipeline_topics', some_of(h, 'topic',
        ['customer_service', 'product_feedback', 'sales_lead', 'press', 'crisis', 'job_applicant'], 0.35 + 0.5 * m),
        d_pipeline * if_pipeline, dk) AS pipeline_topics,
    answer(h, 'pipeline_owner_named', likely(m, 0.30), d_pipeline * if_pipeline * if_team, dk) AS pipeline_owner_named,
    told(h, 'pipeline_working_hours', CASE
        WHEN u(h, 'pipeline_working_hours') < likely(m, 0.28) THEN pick(h, 'quick', [1, 2, 4, 8])
        ELSE pick(h, 'slow', [12, 16, 24, 40])
    END, d_pipeline * if_pipeline)::DOUBLE AS pipeline_working_hours,
    answer(h, 'social_info_used', likely(m, 0.1), d_pipeline, dk) AS social_info_used,
    answer(h, 'complaint_process', likely(m, 0.34), k_pipeline, dk) AS complaint_process,
    answer(h, 'error_recovery_plan', likely(m, 0.26), k_pipeline, dk) AS error_recovery_plan,
    answer(h, 'monitors_mentions', likely(m, 0.15), d_pipeline, dk) AS monitors_mentions,
    told_or_not_known(h, 'policy_exists', yes_if(has_policy), k_policy, 0.5 * dk) AS policy_exists,
    told_list(h, 'policy_sections', sections, d_policy * if_policy, dk) AS policy_sections,
    answer(h, 'policy_shared_with_staff', likely(m, 0.2), d_policy * if_policy * if_team, dk)
        AS policy_shared_with_staff,
    told_list(h, 'kpis', measures, k_measure, 0.5 * dk) AS kpis,
    answer(h, 'kpi_tools', likely(m, 0.32), k_measure, dk) AS kpi_tools,
    answer(h, 'measured_like_other_marketing', likely(m, 0.05), d_measure, dk) AS measured_like_other_marketing,
    answer(h, 'roi_tracked', likely(m, 0.0), d_measure * if_present, dk) AS roi_tracked,
    answer(h, 'results_used_to_improve', likely(m, 0.15), d_measure * if_present, dk) AS results_used_to_improve,
    told_or_not_known(h, 'sees_social_as', CASE
        WHEN u(h, 'sees_social_as') < 0.15 + 0.75 * m THEN pick(h, 'wide view', ['communication', 'company_wide'])
        ELSE pick(h, 'narrow view', ['marketing_only', 'mainly_marketing'])
    END, k_belief, dk) AS sees_social_as,
    answer(h, 'judges_roi_per_post', myth, k_belief, dk) AS judges_roi_per_post,
    told(h, 'roi_expected', CASE
        WHEN u(h, 'roi_expected') < likely(m, 0.15) THEN pick(h, 'patient', [6, 6, 12, 12, 12, 18, 24])
        ELSE pick(h, 'impatient', [0, 1, 1, 2, 3])
    END, k_belief)::DOUBLE AS roi_expected_within_months,
    answer(h, 'thinks_marketing_should_own', myth, k_belief * if_team, dk) AS thinks_marketing_should_own,
    answer(h, 'thinks_posts_must_be_perfect', myth, k_belief, dk) AS thinks_posts_must_be_perfect,
    answer(h, 'thinks_social_is_free', myth, k_belief, dk) AS thinks_social_is_free,
    answer(h, 'thinks_every_business_needs_it', myth, d_belief, dk) AS thinks_every_business_needs_it,
    answer(h, 'thinks_audience_comes_by_itself', myth, d_belief, dk) AS thinks_audience_comes_by_itself,
    answer(h, 'thinks_must_join_now', myth, d_belief, dk) AS thinks_must_join_now,
    answer(h, 'thinks_sure_thing', 0.5 * myth, d_belief, dk) AS thinks_sure_thing,
    answer(h, 'thinks_likes_are_success', myth, d_belief, dk) AS thinks_likes_are_success,
    answer(h, 'thinks_must_be_everywhere', 0.7 * myth, d_belief, dk) AS thinks_must_be_everywhere,
    answer(h, 'thinks_idle_account_harmless', 0.7 * myth, d_belief, dk) AS thinks_idle_account_harmless,
    answer(h, 'thinks_delegating_fixes_fit', 0.7 * myth, d_belief, dk) AS thinks_delegating_fixes_fit,
    answer(h, 'compares_with_competitor_likes', myth, d_belief, dk) AS compares_with_competitor_likes,
    told(h, 'competitor_price', tidy(price * (0.6 + 0.7 * u(h, 'competitor_price'))), 0.25 * books)
        AS competitor_price,
    told_list(h, 'things_to_offer', things, k_purpose, 0.5 * dk) AS things_to_offer,
    told_or_not_known(h, 'retention_time_worth', yes_if(retention_pays), k_purpose, 1.5 * dk) AS retention_time_worth,
    told(h, 'retention_figures', tidy(retention_hours * wage * CASE
        WHEN retention_pays THEN 1.2 + 3 * u(h, 'retention value') ELSE 0.1 + 0.7 * u(h, 'retention value')
    END), 0.25 * books) AS retention_value_month,
    told(h, 'retention_figures', retention_hours, 0.25 * books) AS retention_hours_month,
    told(h, 'support_requests', requests, 0.35 * crm)::DOUBLE AS support_requests_month,
    told(h, 'immediate_help_share', round(urgent_share, 2), 0.15 * crm) AS immediate_help_share,
    told_or_not_known(h, 'many_need_immediate_help', yes_if(urgent), k_purpose, dk) AS many_need_immediate_help,
    answer(h, 'customers_complain_on_social', CASE WHEN urgent THEN 0.75 ELSE 0.15 END, d_purpose, dk)
        AS customers_complain_on_social,
    answer(h, 'social_watch_staffed', likely(m, 0.25), k_purpose * greatest(if_support, 0.2), dk)
        AS social_watch_staffed,
    told_or_not_known(h, 'best_support_place', yes_if(best_place), k_purpose * greatest(if_support, 0.2), dk)
        AS social_best_support_place,
    told(h, 'best_support_reason', pick(h, 'because', [
        'customers ask there first', 'answers help others with the same question', 'quicker than the telephone',
        'complaints are public there']), 0.95 * k_purpose * if_support * best_place::INTEGER) AS best_support_reason,
    answer(h, 'has_knowledge_base', 0.1 + 2 * size_bonus + 0.2 * m, d_purpose, dk) AS has_knowledge_base,
    answer(h, 'has_faq', 0.3 + 0.4 * m, d_purpose, dk) AS has_faq,
    told(h, 'monitoring_hours', round(hours * 0.6 * u(h, 'monitoring_hours')) / 2, d_purpose * if_present)
        AS monitoring_hours_week,
    told(h, 'social_value', tidy(cost * 3.2 * m * (0.3 + fit) * (0.5 + u(h, 'luck'))), 0.3 * books * if_present)
        AS social_value_month,
    answer(h, 'social_lost_sales', 0.12 * (1 - m), d_purpose * if_present, dk) AS social_lost_sales,
    answer(h, 'competitors_on_social', 0.2 + 0.5 * industry.present, k_past * if_absent, dk) AS competitors_on_social,
    answer(h, 'unhappy_customers_posting', 0.15, k_past * if_absent, dk) AS unhappy_customers_posting,
    answer(h, 'unhappy_employees_posting', 0.06, d_past * if_absent * if_team, dk) AS unhappy_employees_posting,
    told(h, 'negative_mentions', CASE
        WHEN u(h, 'mentioned') < 0.7 THEN 0 ELSE 1 + floor(employees / 20 * u(h, 'negative_mentions'))
    END, 0.25 * stats)::DOUBLE AS negative_mentions_month,
    told_or_not_known(h, 'under_public_criticism', yes_if(criticised), d_past, dk) AS under_public_criticism,
    answer(h, 'answers_criticism_openly', likely(m, 0.30), d_past * criticised::INTEGER, dk)
        AS answers_criticism_openly,
    told(h, 'past_failed_attempts', attempts, k_past)::INTEGER AS past_failed_attempts,
    answer(h, 'past_attempts_same_outcome', 0.8 * (1 - m), d_past * (attempts > 1)::INTEGER, dk)
        AS past_attempts_same_outcome,
    answer(h, 'past_failure_cause_fixed', likely(m, 0.30), k_past * (attempts > 0)::INTEGER, dk)
        AS past_failure_cause_fixed
FROM company_truths;
