-- The answers of a company that take more than a word to work out, before it is known what was answered.

CREATE VIEW company_truths AS
SELECT
    *,
    -- The measures follow the goals; who has not thought about them counts likes, or nothing.
    CASE
        WHEN u(h, 'kpis') >= likely(m, 0.30)
            THEN pick(h, 'vain', [[], [], ['likes'], ['followers'], ['likes', 'followers', 'shares']])
        ELSE list_filter(
            ['leads', 'conversion', 'sales', 'bookings', 'visits', 'donations', 'repeat_sales', 'retention',
             'response_time', 'resolution_rate', 'reach', 'traffic', 'engagement', 'sentiment', 'recruits',
             'feedback_items', 'likes'],
            lambda kpi: CASE kpi
                WHEN 'leads' THEN list_contains(goals, 'leads')
                WHEN 'conversion' THEN list_has_any(goals, ['leads', 'sales']) AND u(h, kpi) < 0.5
                WHEN 'sales' THEN list_contains(goals, 'sales')
                WHEN 'bookings' THEN list_contains(goals, 'visits_bookings')
                WHEN 'visits' THEN list_contains(goals, 'visits_bookings') AND u(h, kpi) < 0.4
                WHEN 'donations' THEN list_contains(goals, 'donations')
                WHEN 'repeat_sales' THEN list_contains(goals, 'retention')
                WHEN 'retention' THEN list_contains(goals, 'retention') AND u(h, kpi) < 0.4
                WHEN 'response_time' THEN list_contains(goals, 'support')
                WHEN 'resolution_rate' THEN list_contains(goals, 'support') AND u(h, kpi) < 0.6
                WHEN 'reach' THEN list_contains(goals, 'awareness') OR u(h, kpi) < 0.2
                WHEN 'traffic' THEN u(h, kpi) < 0.25
                WHEN 'engagement' THEN list_contains(goals, 'community') OR u(h, kpi) < 0.15
                WHEN 'sentiment' THEN list_contains(goals, 'reputation')
                WHEN 'recruits' THEN list_contains(goals, 'recruiting')
                WHEN 'feedback_items' THEN list_contains(goals, 'feedback')
                ELSE u(h, 'likes counted') < 0.25 * (1 - m)
            END
        )
    END AS measures,
    CASE
        WHEN u(h, 'motives') >= likely(m, 0.40) THEN pick(h, 'bad motives', [
            ['competitors_do_it'], ['should_be_there', 'fashionable'], ['gurus_say_so'], ['friends_urge'],
            ['likes', 'feels_good'], ['must_be_now', 'competitors_do_it'], ['others_succeed'], []])
        WHEN for_support AND u(h, 'support motive') < 0.5 THEN ['give_support']
        ELSE pick(h, 'good motives', [
            ['business_goal'], ['business_goal'], ['reach_new'], ['keep_in_touch'], ['customers_ask_for_it'],
            ['reach_new', 'keep_in_touch'], ['business_goal', 'competitors_do_it'],
            ['keep_in_touch', 'should_be_there'], ['reputation', 'feedback']])
    END AS reasons,
    CASE
        WHEN u(h, 'plan_components') >= likely(m, 0.15) THEN some_of(h, 'component',
            ['goal', 'audience', 'networks', 'content', 'people', 'tools', 'time', 'page_setup'], 0.3 + 0.3 * m)
        ELSE ['goal', 'audience', 'networks', 'content', 'people', 'tools', 'time', 'budget', 'policy',
              'pipeline', 'measurement']
    END AS plan,
    CASE
        WHEN u(h, 'impact_areas') >= likely(m, 0.28) THEN some_of(h, 'area',
            ['sales', 'customer_support', 'customer_satisfaction', 'recruiting'], 0.5)
        WHEN outside_owners
            THEN ['sales', 'customer_support', 'customer_satisfaction', 'shareholder_satisfaction']
        ELSE ['sales', 'customer_support', 'customer_satisfaction']
    END AS impact,
    CASE
        WHEN u(h, 'social_functions') >= likely(m, 0.28) THEN pick(h, 'few functions',
            [['marketing'], ['marketing'], ['agency'], ['marketing', 'agency'], []])
        WHEN employees < 10 THEN pick(h, 'small team', [['owner'], ['owner', 'sales'], ['owner', 'marketing']])
        WHEN employees < 50 THEN pick(h, 'team',
            [['owner', 'sales', 'customer_service'], ['marketing', 'sales', 'customer_service']])
        ELSE ['marketing', 'customer_service', 'public_relations', 'sales', 'executive']
    END AS functions,
    CASE
        WHEN u(h, 'reply_functions') >= likely(m, 0.28) THEN ['marketing']
        WHEN employees < 10 THEN ['owner']
        ELSE ['customer_service', 'sales']
    END AS repliers,
    CASE
        WHEN u(h, 'funded_activities') >= likely(m, 0.27)
            THEN some_of(h, 'activity', ['discover', 'curate', 'publish', 'respond', 'promote'], 0.5)
        WHEN u(h, 'promotion') < 0.5 THEN ['discover', 'curate', 'publish', 'respond']
        ELSE ['discover', 'curate', 'publish', 'respond', 'promote']
    END AS funded,
    CASE
        WHEN u(h, 'policy_sections') >= likely(m, 0.0) THEN some_of(h, 'section',
            ['engagement_rules', 'routine_situations', 'negative_mentions', 'network_usage'], 0.6)
        ELSE ['engagement_rules', 'routine_situations', 'negative_mentions', 'starting_conversations',
              'network_usage']
    END AS sections,
    CASE
        WHEN NOT offers THEN pick(h, 'nothing to offer', [['none'], ['none'], []])
        ELSE industry.offers[1:1 + floor(u(h, 'things_to_offer') * len(industry.offers))::INTEGER]
    END AS things,
    CASE
        WHEN industry.party = 'donors' THEN pick(h, 'donors', [['donors'], ['donors', 'members'], ['members']])
        WHEN b2b THEN pick(h, 'business customers', [['clients'], ['customers'], ['customers', 'partners']])
        ELSE [industry.party]
    END AS parties,
    -- Hours set aside: enough for those who planned it, else none or too few.
    ceil(2 * CASE
        WHEN u(h, 'enough hours') < likely(m, 0.32) AND present THEN hours * (1 + 0.4 * u(h, 'spare hours'))
        WHEN u(h, 'enough hours') < likely(m, 0.32) THEN (1 + accounts) * (1 + 2 * u(h, 'spare hours'))
        WHEN u(h, 'no hours') < 0.35 THEN 0
        WHEN present THEN hours * (0.3 + 0.5 * u(h, 'spare hours'))
        ELSE 2 * u(h, 'spare hours')
    END) / 2 AS hours_set_aside,
    CASE
        WHEN u(h, 'season') >= industry.season THEN []
        ELSE pick(h, 'closed_season', [['10-15/03-31'], ['11-01/03-15'], ['12-20/01-06'], ['07-25/08-20']])
    END AS closed,
    -- Customers per half hour on social media; what is done instead brings more where the yield is poor.
    exp(-1.6 + 0.8 * z(h, 'yield')) AS yield,
    hours * 52 / 12 * wage + budget AS cost,
    2 + floor(14 * u(h, 'retention_hours')) AS retention_hours,
    CASE
        WHEN urgent THEN tidy(3500 * exp(0.8 * abs(z(h, 'requests'))) * (1 + employees / 200))
        ELSE floor(employees * 3 * power(u(h, 'requests'), 2))
    END AS requests,
    CASE WHEN urgent THEN 0.15 + 0.35 * u(h, 'urgent share') ELSE 0.2 * u(h, 'urgent share') END AS urgent_share,
    u(h, 'best place') < CASE WHEN urgent THEN 0.35 + 0.45 * m ELSE 0.12 END AS best_place
FROM (
    SELECT
        *,
        u(h, 'can_pay') < 0.15 + 0.35 * m + 2 * size_bonus AS pays,
        (urgent OR for_support)::INTEGER AS if_support,
        CASE
            WHEN u(h, 'social_budget') < 0.35 THEN 0
            ELSE tidy(30 * country.per_euro * power(employees, 0.55) * exp(0.7 * z(h, 'social_budget')))
        END AS budget,
        -- The chance of each misconception.
        0.45 * (1 - m) AS myth,
        CASE
            WHEN u(h, 'goals') >= likely(m, 0.38)
                THEN pick(h, 'vain goals', [[], ['likes'], ['likes', 'followers'], ['followers']])
            ELSE list_filter(
                ['leads', 'sales', 'visits_bookings', 'donations', 'retention', 'support', 'awareness',
                 'reputation', 'recruiting', 'feedback', 'community', 'likes'],
                lambda goal: CASE goal
                    WHEN 'leads' THEN for_acquire AND (b2b OR industry.goal = 'leads')
                    WHEN 'sales' THEN
                        for_acquire AND NOT b2b AND industry.goal NOT IN ('visits_bookings', 'donations')
                    WHEN 'retention' THEN for_retain
                    WHEN 'support' THEN for_support
                    WHEN 'awareness' THEN u(h, goal) < 0.25 OR NOT (for_acquire OR for_retain OR for_support)
                    WHEN 'reputation' THEN industry.goal = 'reputation' OR u(h, goal) < 0.12
                    WHEN 'recruiting' THEN employees >= 10 AND u(h, goal) < 0.25
                    WHEN 'feedback' THEN u(h, goal) < 0.08
                    WHEN 'community' THEN u(h, goal) < 0.08
                    WHEN 'likes' THEN u(h, goal) < 0.3 * (1 - m)
                    ELSE for_acquire AND industry.goal = goal
                END
            )
        END AS goals
    FROM questioned
);
