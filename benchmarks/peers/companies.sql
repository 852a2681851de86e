-- Workload A as somebody writes it who knows DuckDB well: one pass over the file in its order, outcomes as an
-- ENUM, what several checks ask is computed once, and list conditions stand in WHEN, where DuckDB looks at a row
-- only until one holds (as a value it would evaluate all of them for every row).
--
-- The variables input and output are set before. There are no accounts: what is asked about them has one answer.

CREATE TYPE outcome AS ENUM ('fail', 'unknown', 'pass', 'not_applicable');

-- An answer that is not known: nothing, or dont_know.
CREATE MACRO yes_passes(answer) AS
    CASE WHEN answer = 'yes' THEN 'pass'::outcome WHEN answer = 'no' THEN 'fail'::outcome ELSE 'unknown'::outcome END;
CREATE MACRO no_passes(answer) AS
    CASE WHEN answer = 'no' THEN 'pass'::outcome WHEN answer = 'yes' THEN 'fail'::outcome ELSE 'unknown'::outcome END;
-- Where not to know is bad in itself. The set of answers is closed: what is neither yes nor null fails.
CREATE MACRO must_know(answer) AS
    CASE WHEN answer IS NULL THEN 'unknown'::outcome WHEN answer = 'yes' THEN 'pass'::outcome ELSE 'fail'::outcome END;
CREATE MACRO section_passes(exists_, sections, section) AS
    CASE WHEN exists_ IN ('no', 'dont_know') THEN 'fail'::outcome
         WHEN sections IS NULL THEN 'unknown'::outcome
         WHEN list_contains(sections, section) THEN 'pass'::outcome
         WHEN sections[1] = 'dont_know' THEN 'unknown'::outcome
         ELSE 'fail'::outcome END;

COPY (
WITH answers AS (
    SELECT *,
        coalesce(employee_count_max, employee_count) <= 1 AS alone,
        CASE WHEN business_goals IS NULL THEN 'unknown'::outcome
             WHEN business_goals[1] NOT IN ('likes', 'followers', 'dont_know') THEN 'pass'::outcome
             WHEN len(business_goals) < 2 THEN 'fail'::outcome
             WHEN len(list_filter(business_goals, lambda g: g NOT IN ('likes', 'followers', 'dont_know'))) > 0
             THEN 'pass'::outcome
             ELSE 'fail'::outcome END AS cg_03,
        list_contains(purposes, 'acquire') AS acquire,
        business_goals IS NULL OR coalesce(business_goals[1] = 'dont_know', FALSE) AS no_goals,
        kpis IS NULL OR coalesce(kpis[1] = 'dont_know', FALSE) AS no_kpis
    FROM read_parquet(getvariable('input'))
), goals AS (
    SELECT *,
        CASE WHEN has_clear_reason = 'yes' THEN 'pass'::outcome
             WHEN has_clear_reason IS NOT NULL THEN 'fail'::outcome
             WHEN expected_gain_stated = 'yes' AND cg_03 = 'pass' THEN 'pass'::outcome
             ELSE 'unknown'::outcome END AS cg_01,
        CASE WHEN no_kpis THEN 'unknown'::outcome
             WHEN len(kpis) = 0 THEN 'fail'::outcome
             WHEN no_goals THEN 'unknown'::outcome
             WHEN cg_03 = 'fail'
               OR len(list_filter(business_goals, lambda g: g NOT IN ('likes', 'followers', 'other'))) = 0
             THEN 'not_applicable'::outcome
             WHEN list_contains(business_goals, 'sales') AND (list_contains(kpis, 'sales') OR list_contains(kpis, 'conversion') OR list_contains(kpis, 'bookings'))
               OR list_contains(business_goals, 'retention') AND (list_contains(kpis, 'repeat_sales') OR list_contains(kpis, 'retention'))
               OR list_contains(business_goals, 'leads') AND (list_contains(kpis, 'leads') OR list_contains(kpis, 'conversion') OR list_contains(kpis, 'calls') OR list_contains(kpis, 'cost_per_lead') OR list_contains(kpis, 'sign_ups'))
               OR list_contains(business_goals, 'awareness') AND (list_contains(kpis, 'reach') OR list_contains(kpis, 'traffic') OR list_contains(kpis, 'engagement') OR list_contains(kpis, 'likes') OR list_contains(kpis, 'followers') OR list_contains(kpis, 'shares') OR list_contains(kpis, 'mentions'))
               OR list_contains(business_goals, 'visits_bookings') AND (list_contains(kpis, 'bookings') OR list_contains(kpis, 'visits') OR list_contains(kpis, 'calls') OR list_contains(kpis, 'directions'))
               OR list_contains(business_goals, 'reputation') AND (list_contains(kpis, 'sentiment') OR list_contains(kpis, 'mentions') OR list_contains(kpis, 'rating') OR list_contains(kpis, 'reviews'))
               OR list_contains(business_goals, 'support') AND (list_contains(kpis, 'sentiment') OR list_contains(kpis, 'response_time') OR list_contains(kpis, 'resolution_rate') OR list_contains(kpis, 'support_cases'))
               OR list_contains(business_goals, 'feedback') AND (list_contains(kpis, 'engagement') OR list_contains(kpis, 'sentiment') OR list_contains(kpis, 'feedback_items') OR list_contains(kpis, 'mentions'))
               OR list_contains(business_goals, 'community') AND (list_contains(kpis, 'engagement') OR list_contains(kpis, 'mentions') OR list_contains(kpis, 'sign_ups'))
               OR list_contains(business_goals, 'recruiting') AND list_contains(kpis, 'recruits')
               OR list_contains(business_goals, 'donations') AND list_contains(kpis, 'donations')
               OR list_contains(business_goals, 'traffic') AND (list_contains(kpis, 'traffic') OR list_contains(kpis, 'clicks'))
               OR list_contains(business_goals, 'education') AND (list_contains(kpis, 'engagement') OR list_contains(kpis, 'reach') OR list_contains(kpis, 'saves'))
               OR list_contains(business_goals, 'partners') AND (list_contains(kpis, 'leads') OR list_contains(kpis, 'partner_contacts'))
               OR list_contains(business_goals, 'volunteers_members') AND list_contains(kpis, 'sign_ups')
             THEN 'pass'::outcome
             ELSE 'fail'::outcome END AS mk_02
    FROM answers
)
SELECT
    company_id,
    company_name,
    cg_01,
    must_know(expected_gain_stated) AS cg_02,
    cg_03,
    CASE WHEN acquire OR list_contains(business_goals, 'leads') OR list_contains(business_goals, 'sales')
         THEN must_know(knows_lead_path)
         WHEN NOT no_goals THEN 'not_applicable'::outcome
         WHEN knows_lead_path = 'yes' THEN 'pass'::outcome
         ELSE 'unknown'::outcome END AS cg_04,
    CASE WHEN motives IS NULL THEN 'unknown'::outcome
         WHEN motives[1] = 'dont_know' THEN 'unknown'::outcome
         WHEN motives[1] NOT IN ('competitors_do_it', 'fashionable', 'feels_good', 'friends_urge', 'gurus_say_so', 'likes', 'memes', 'must_be_now', 'others_succeed', 'should_be_there')
         THEN 'pass'::outcome
         WHEN len(motives) < 2 THEN 'fail'::outcome
         WHEN len(list_filter(motives, lambda m: m NOT IN ('competitors_do_it', 'fashionable', 'feels_good', 'friends_urge', 'gurus_say_so', 'likes', 'memes', 'must_be_now', 'others_succeed', 'should_be_there'))) > 0
         THEN 'pass'::outcome
         ELSE 'fail'::outcome END AS cg_05,
    CASE WHEN purposes IS NULL THEN 'unknown'::outcome
         WHEN acquire OR list_contains(purposes, 'retain') OR list_contains(purposes, 'support') THEN 'pass'::outcome
         WHEN len(purposes) = 0 OR purposes[1] = 'dont_know' THEN 'fail'::outcome
         ELSE 'unknown'::outcome END AS cg_06,
    CASE WHEN target_parties IS NULL THEN 'unknown'::outcome
         WHEN len(target_parties) = 0 THEN 'fail'::outcome
         WHEN target_parties[1] = 'dont_know' THEN 'unknown'::outcome
         ELSE 'pass'::outcome END AS cg_07,
    must_know(networks_identified) AS cf_01,
    yes_passes(checked_web_analytics) AS cf_04,
    'not_applicable'::outcome AS cf_08,
    'unknown'::outcome AS cf_09,
    'not_applicable'::outcome AS cf_10,
    CASE WHEN commitment_open_ended = 'yes' OR commitment_weeks > 8 THEN 'pass'::outcome
         WHEN commitment_weeks <= 8 THEN 'fail'::outcome
         ELSE 'unknown'::outcome END AS sr_01,
    CASE WHEN commitment_open_ended = 'yes' OR commitment_weeks >= 52 THEN 'pass'::outcome
         WHEN commitment_weeks < 52 OR commitment_open_ended = 'dont_know' THEN 'fail'::outcome
         ELSE 'unknown'::outcome END AS sr_02,
    CASE WHEN can_pay_for_social = 'yes' OR can_add_to_workload = 'yes' THEN 'pass'::outcome
         WHEN can_pay_for_social IS NULL OR can_add_to_workload IS NULL THEN 'unknown'::outcome
         ELSE 'fail'::outcome END AS sr_03,
    CASE WHEN people_assigned IS NULL THEN 'unknown'::outcome
         WHEN people_assigned > 0 THEN 'pass'::outcome
         ELSE 'fail'::outcome END AS sr_04,
    yes_passes(social_tools_available) AS sr_05,
    CASE WHEN social_hours_week_available IS NULL THEN 'unknown'::outcome
         WHEN social_hours_week_available > 0 THEN 'pass'::outcome
         ELSE 'fail'::outcome END AS sr_06,
    must_know(has_social_strategy) AS sr_07,
    CASE WHEN funded_activities IS NULL THEN 'unknown'::outcome
         WHEN len(funded_activities) < 4 THEN 'fail'::outcome
         WHEN list_contains(funded_activities, 'discover') AND list_contains(funded_activities, 'curate')
          AND list_contains(funded_activities, 'publish') AND list_contains(funded_activities, 'respond')
         THEN 'pass'::outcome
         ELSE 'fail'::outcome END AS sr_08,
    CASE WHEN acquire OR list_contains(business_goals, 'sales') OR list_contains(business_goals, 'leads')
           OR list_contains(business_goals, 'awareness')
           OR (no_goals AND (purposes IS NULL OR purposes[1] = 'dont_know'))
         THEN CASE WHEN ad_budget_month > 0 OR list_contains(funded_activities, 'promote') THEN 'pass'::outcome
                   WHEN ad_budget_month = 0 OR funded_activities[1] <> 'dont_know' OR len(funded_activities) = 0
                   THEN 'fail'::outcome
                   ELSE 'unknown'::outcome END
         ELSE 'not_applicable'::outcome END AS sr_09,
    CASE WHEN social_budget_month IS NOT NULL OR (labour_cost_hour IS NOT NULL AND social_hours_week_available IS NOT NULL)
         THEN 'pass'::outcome
         ELSE 'unknown'::outcome END AS sr_10,
    'unknown'::outcome AS sr_11,
    CASE WHEN other_promotion_channels IS NULL THEN 'unknown'::outcome
         WHEN len(other_promotion_channels) = 0 THEN 'fail'::outcome
         WHEN other_promotion_channels[1] = 'dont_know' THEN 'unknown'::outcome
         ELSE 'pass'::outcome END AS sr_12,
    must_know(policy_exists) AS pp_01,
    section_passes(policy_exists, policy_sections, 'engagement_rules') AS pp_02,
    section_passes(policy_exists, policy_sections, 'routine_situations') AS pp_03,
    section_passes(policy_exists, policy_sections, 'negative_mentions') AS pp_04,
    section_passes(policy_exists, policy_sections, 'starting_conversations') AS pp_05,
    section_passes(policy_exists, policy_sections, 'network_usage') AS pp_06,
    CASE WHEN alone THEN 'not_applicable'::outcome
         WHEN policy_exists IN ('no', 'dont_know') OR policy_shared_with_staff IN ('no', 'dont_know') THEN 'fail'::outcome
         WHEN policy_shared_with_staff = 'yes' THEN 'pass'::outcome
         ELSE 'unknown'::outcome END AS pp_07,
    CASE WHEN kpis IS NULL THEN 'unknown'::outcome
         WHEN no_kpis OR len(kpis) = 0 THEN 'fail'::outcome
         ELSE 'pass'::outcome END AS mk_01,
    mk_02,
    must_know(kpi_tools) AS mk_03,
    yes_passes(measured_like_other_marketing) AS mk_04,
    CASE WHEN no_kpis THEN 'unknown'::outcome
         WHEN len(kpis) = 0 THEN 'not_applicable'::outcome
         WHEN kpis[1] NOT IN ('likes', 'followers', 'shares') THEN 'pass'::outcome
         WHEN list_contains(business_goals, 'awareness') THEN 'pass'::outcome
         WHEN len(list_filter(kpis, lambda k: k NOT IN ('likes', 'followers', 'shares'))) > 0 THEN 'pass'::outcome
         WHEN no_goals THEN 'unknown'::outcome
         ELSE 'fail'::outcome END AS mk_05,
    CASE WHEN has_social_presence = 'no' THEN 'not_applicable'::outcome ELSE must_know(roi_tracked) END AS mk_06,
    CASE WHEN has_social_presence = 'no' THEN 'not_applicable'::outcome ELSE must_know(results_used_to_improve) END AS mk_07,
    CASE WHEN cg_01 = 'fail' OR cg_03 = 'fail' OR mk_02 = 'fail' THEN 'fail'::outcome
         WHEN cg_01 = 'unknown' OR cg_03 = 'unknown' OR mk_02 = 'unknown' THEN 'unknown'::outcome
         ELSE 'pass'::outcome END AS mk_08,
    CASE WHEN sees_social_as IS NULL OR sees_social_as = 'dont_know' THEN 'unknown'::outcome
         WHEN sees_social_as IN ('communication', 'company_wide') THEN 'pass'::outcome
         ELSE 'fail'::outcome END AS mc_01,
    CASE WHEN roi_expected_within_months IS NULL THEN 'unknown'::outcome
         WHEN roi_expected_within_months >= 3 THEN 'pass'::outcome
         ELSE 'fail'::outcome END AS mc_02,
    no_passes(judges_roi_per_post) AS mc_03,
    CASE WHEN alone THEN 'not_applicable'::outcome ELSE no_passes(thinks_marketing_should_own) END AS mc_04,
    no_passes(thinks_posts_must_be_perfect) AS mc_05,
    CASE WHEN thinks_social_is_free = 'no' THEN 'pass'::outcome
         WHEN thinks_social_is_free = 'yes' OR (social_budget_month = 0 AND social_hours_week_available = 0) THEN 'fail'::outcome
         ELSE 'unknown'::outcome END AS mc_06,
    no_passes(thinks_every_business_needs_it) AS mc_07,
    no_passes(thinks_audience_comes_by_itself) AS mc_08,
    no_passes(thinks_must_join_now) AS mc_09,
    no_passes(thinks_sure_thing) AS mc_10,
    no_passes(thinks_likes_are_success) AS mc_11,
    no_passes(thinks_must_be_everywhere) AS mc_12,
    no_passes(thinks_idle_account_harmless) AS mc_13,
    no_passes(thinks_delegating_fixes_fit) AS mc_14,
    no_passes(compares_with_competitor_likes) AS mc_15
FROM goals
) TO (getvariable('output')) (FORMAT parquet, COMPRESSION snappy);
