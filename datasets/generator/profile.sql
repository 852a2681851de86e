-- What is true of each company, before anybody is asked: what the three tables have in common.
--
-- `ids` holds the numbers of the companies to make. Each layer adds to the one below; all stream, so that
-- the memory does not grow with the number of companies.

CREATE VIEW drawn AS
SELECT
    i,
    h,
    CASE WHEN u(h, 'record') < 0.30 THEN 'rich' WHEN u(h, 'record') < 0.70 THEN 'partial' ELSE 'sparse' END AS record,
    pick(h, 'industry', getvariable('industries')) AS industry,
    pick(h, 'country', getvariable('countries')) AS country
FROM (SELECT i, hash(i, getvariable('seed')) AS h FROM ids);

-- Size, kind of business, and the two traits that most answers follow: maturity m (how well run the
-- company's social media is or would be) and fit (how much social media can do for it).
CREATE VIEW sized AS
SELECT
    *,
    CASE
        WHEN employees < 10 THEN 0.0 WHEN employees < 50 THEN 0.03 WHEN employees < 250 THEN 0.07 ELSE 0.12
    END AS size_bonus,
    clamp(
        0.5 + 0.24 * z(h, 'maturity')
        + CASE record WHEN 'rich' THEN 0.15 WHEN 'partial' THEN 0.0 ELSE -0.06 END
        + CASE WHEN employees < 10 THEN 0.0 WHEN employees < 50 THEN 0.03 ELSE 0.08 END
    ) AS m,
    clamp(industry.fit + 0.06 + 0.22 * z(h, 'fit')) AS fit,
    u(h, 'model') < industry.b2b AS b2b,
    u(h, 'model') >= industry.b2b AND u(h, 'model') < industry.b2b + industry.mixed AS mixed,
    round(exp(0.6 + 0.9 * (4.6 * u(h, 'years') - 1)), 1) AS years,
    tidy(industry.price * country.per_euro * exp(0.5 * z(h, 'price'))) AS price,
    tidy((9 + 14 * u(h, 'wage') + 8 * (u(h, 'skill') < 0.3)::INTEGER) * country.per_euro) AS wage
FROM (
    SELECT
        *,
        CASE
            WHEN rank < 0.26 THEN 1
            WHEN rank < 0.77 THEN 2 + floor(8 * power(u(h, 'headcount'), 2))
            WHEN rank < 0.94 THEN 10 + floor(40 * power(u(h, 'headcount'), 2))
            WHEN rank < 0.985 THEN 50 + floor(200 * power(u(h, 'headcount'), 2))
            WHEN rank < 0.998 THEN 250 + floor(750 * power(u(h, 'headcount'), 2))
            ELSE 1000 + floor(19000 * power(u(h, 'headcount'), 4))
        END AS employees
    FROM (SELECT *, u(h, 'size') * (1 - industry.big) + industry.big AS rank FROM drawn)
);

-- Where it stands with social media, and how much of the questionnaire was filled in.
CREATE VIEW placed AS
SELECT
    *,
    -- The number of rows in the table of accounts.
    CASE presence
        WHEN 'listed' THEN CASE
            WHEN many < 0.24 THEN 1 WHEN many < 0.53 THEN 2 WHEN many < 0.74 THEN 3 WHEN many < 0.88 THEN 4
            WHEN many < 0.95 THEN 5 WHEN many < 1.00 THEN 6 WHEN many < 1.05 THEN 7 ELSE 8
        END
        WHEN 'planned' THEN CASE WHEN many < 0.45 THEN 1 WHEN many < 0.80 THEN 2 ELSE 3 END
        WHEN 'left' THEN CASE WHEN many < 0.6 THEN 1 ELSE 2 END
        ELSE 0
    END AS accounts,
    CASE record
        WHEN 'rich' THEN 1.1
        WHEN 'partial' THEN 0.15 + 0.95 * u(h, 'reach')
        ELSE CASE WHEN u(h, 'reach') < 0.3 THEN 0.2 * u(h, 'reach sparse') ELSE -1.0 END
    END AS reach,
    -- How likely a question of the long questionnaire was answered too.
    CASE record
        WHEN 'rich' THEN CASE WHEN u(h, 'long form') < 0.45 THEN 0.996 ELSE 0.22 END
        WHEN 'partial' THEN CASE WHEN u(h, 'long form') < 0.15 THEN 0.9 ELSE 0.12 END
        ELSE 0.04
    END AS deep,
    -- How likely a figure is known that comes from customer records, bookkeeping or web statistics.
    CASE record WHEN 'rich' THEN 0.95 WHEN 'partial' THEN 0.85 ELSE 0.6 END AS crm,
    CASE record WHEN 'rich' THEN 0.60 WHEN 'partial' THEN 0.22 ELSE 0.04 END AS books,
    CASE record WHEN 'rich' THEN 0.85 WHEN 'partial' THEN 0.45 ELSE 0.15 END AS stats,
    -- The better run, the fewer questions meet with "we do not know".
    greatest(0.0, 0.10 * (0.78 - m)) AS dk
FROM (
    SELECT
        *,
        CASE
            WHEN u(h, 'presence') < here THEN CASE WHEN u(h, 'listed') < 0.93 THEN 'listed' ELSE 'unlisted' END
            WHEN u(h, 'presence') < here + 0.55 * (1 - here) THEN 'planned'
            WHEN u(h, 'presence') < here + 0.65 * (1 - here) THEN 'left'
            ELSE 'none'
        END AS presence,
        u(h, 'many') + size_bonus + 0.12 * (m - 0.5) AS many
    FROM (SELECT *, clamp(industry.present - 0.03 + 2 * size_bonus + 0.25 * (fit - 0.5)) AS here FROM sized)
);

-- What it sells, to whom, what for, and who does the work.
CREATE VIEW profiled AS
SELECT
    *,
    employees <= 9 AND owner IN ('owner', 'partners') AND NOT outside_owners AS owner_run,
    CASE
        WHEN employees = 1 THEN ['operations']
        WHEN employees < 10 AND u(h, 'departments') < 0.7 THEN ['operations']
        WHEN employees < 10 THEN ['operations', 'sales']
        WHEN employees < 50 THEN CASE
            WHEN u(h, 'departments') < 0.4 THEN ['operations', 'sales']
            WHEN u(h, 'departments') < 0.7 THEN ['operations', 'sales', 'customer_service']
            ELSE ['operations', 'sales', 'marketing', 'finance']
        END
        WHEN employees < 250 THEN ['operations', 'sales', 'marketing', 'customer_service', 'finance', 'hr']
        ELSE ['operations', 'sales', 'marketing', 'customer_service', 'public_relations', 'finance', 'hr', 'legal',
              'it']
    END AS parts,
    -- The hours of all accounts together; the keeper is the person who spends most time on them.
    CASE
        WHEN presence NOT IN ('listed', 'unlisted') THEN 0.0
        WHEN overworked THEN keeper_hours * (0.52 + 0.45 * u(h, 'overwork'))
        WHEN dedicated THEN keeper_hours * (0.6 + 0.4 * u(h, 'overwork')) + 2 * ln(employees)
        ELSE least(greatest(1, opened) * round(exp(0.35 + 0.5 * z(h, 'hours')) * 2) / 2, 0.45 * keeper_hours)
    END AS hours,
    CASE WHEN NOT (says_acquire OR says_retain OR says_support) AND u(h, 'no purpose') >= 0.6 * (1 - m)
        THEN works_acquire OR NOT works_retain ELSE says_acquire END AS for_acquire,
    CASE WHEN NOT (says_acquire OR says_retain OR says_support) AND u(h, 'no purpose') >= 0.6 * (1 - m)
        THEN works_retain AND NOT works_acquire ELSE says_retain END AS for_retain,
    says_support AS for_support
FROM (
    SELECT
        *,
        path AND NOT poor_yield AS works_acquire,
        frequency <> 'once' AND customers > 0 AND offers AND retention_pays AS works_retain,
        -- The better run, the more the declared purposes are those that can work.
        u(h, 'acquire') < CASE WHEN path AND NOT poor_yield THEN 0.85 ELSE 0.80 - 0.65 * m END AS says_acquire,
        u(h, 'retain') < CASE
            WHEN frequency <> 'once' AND customers > 0 AND offers AND retention_pays THEN 0.60 ELSE 0.45 - 0.4 * m
        END AS says_retain,
        u(h, 'support') < CASE WHEN urgent THEN 0.70 ELSE 0.07 - 0.05 * m END AS says_support,
        len(list_filter(statuses, lambda s: s = 'open')) AS opened,
        employees >= 40 AND u(h, 'dedicated') < 0.35 AS dedicated,
        u(h, 'overworked') < 0.14 - 0.08 * m AND NOT (employees >= 40 AND u(h, 'dedicated') < 0.35) AS overworked,
        CASE
            WHEN u(h, 'full time') < 0.62 THEN 40 WHEN u(h, 'full time') < 0.75 THEN 45
            WHEN u(h, 'full time') < 0.85 THEN 35 WHEN u(h, 'full time') < 0.93 THEN 30 ELSE 20
        END AS keeper_hours
    FROM (
        SELECT
            *,
            CASE
                WHEN u(h, 'frequency') < industry.once THEN 'once'
                WHEN u(h, 'frequency') < industry.rare THEN 'rare'
                WHEN u(h, 'frequency') < industry.occasional THEN 'occasional'
                WHEN u(h, 'frequency') < industry.repeat THEN 'repeat'
                ELSE 'subscription'
            END AS frequency,
            CASE
                WHEN years < 1 AND u(h, 'customers none') < 0.25 THEN 0
                -- Dear things have fewer buyers.
                ELSE 1 + tidy(employees * 60 * exp(0.9 * z(h, 'customers')) * least(1, 0.1 + 60 / industry.price))
            END::BIGINT AS customers,
            u(h, 'urgent') < industry.help AS urgent,
            u(h, 'outside') < CASE WHEN employees < 10 THEN 0.05 WHEN employees < 50 THEN 0.15 ELSE 0.55 END
                AS outside_owners,
            CASE
                WHEN employees = 1 THEN 'owner'
                WHEN employees < 10 THEN CASE
                    WHEN u(h, 'owner') < 0.55 + 0.3 * m
                        THEN CASE WHEN u(h, 'partners') < 0.15 THEN 'partners' ELSE 'owner' END
                    ELSE pick(h, 'no owner', ['single_employee', 'agency', 'marketing', 'nobody'])
                END
                WHEN u(h, 'owner') < likely(m, 0.28) THEN CASE
                    WHEN employees < 50 THEN pick(h, 'leader', ['owner', 'executives', 'executives', 'partners'])
                    ELSE pick(h, 'leader', ['executives', 'cross_functional', 'board', 'head_office'])
                END
                ELSE pick(h, 'no owner', ['marketing', 'marketing', 'single_employee', 'agency', 'nobody'])
            END AS owner,
            u(h, 'path') < least(0.99, 1.5 * fit + 0.15 * m) AS path,
            u(h, 'yield') < 0.72 - 1.25 * fit AS poor_yield,
            u(h, 'offers') >= 0.50 - 0.9 * fit AS offers,
            u(h, 'worth') < least(0.98, 0.1 + 1.35 * fit) AS retention_pays,
            u(h, 'policy') < likely(m, 0.22) AS has_policy,
            u(h, 'pipeline') < likely(m, 0.26) AS has_pipeline,
            u(h, 'plan') < likely(m, 0.28) AS has_plan,
            u(h, 'open ended') < likely(m, 0.34) AS open_ended,
            u(h, 'criticism') < 0.06 AS criticised,
            u(h, 'promise') < 0.08 AS promised,
            CASE
                WHEN u(h, 'attempts') < 0.70 + 0.15 * m THEN 0 WHEN u(h, 'attempts') < 0.93 THEN 1
                WHEN u(h, 'attempts') < 0.98 THEN 2 ELSE 3
            END AS attempts,
            list_transform(range(1, accounts + 1), lambda j: CASE
                WHEN presence = 'left' THEN 'closed'
                WHEN presence = 'planned' THEN
                    CASE WHEN j > 1 AND u(xor(h, hash(j)), 'status') < 0.15 THEN 'closed' ELSE 'planned' END
                WHEN j = 1 OR u(xor(h, hash(j)), 'status') < 0.83 THEN 'open'
                WHEN u(xor(h, hash(j)), 'status') < 0.92 THEN 'closed'
                ELSE 'planned'
            END) AS statuses
        FROM placed
    )
);

-- Which questions were put to it, and how likely each was answered: k_ the questions of the short
-- questionnaire, in its order; d_ those of the long one beside them. if_ is 1 where a question arises.
CREATE VIEW questioned AS
SELECT
    *,
    k_goal * deep AS d_goal,
    k_network * deep AS d_network,
    k_leaders * deep AS d_leaders,
    k_open * deep AS d_open,
    k_means * deep AS d_means,
    k_pipeline * deep AS d_pipeline,
    k_policy * deep AS d_policy,
    k_measure * deep AS d_measure,
    k_purpose * deep AS d_purpose,
    k_belief * deep AS d_belief,
    k_past * deep AS d_past,
    present::INTEGER AS if_present,
    1 - present::INTEGER AS if_absent,
    (employees > 1)::INTEGER AS if_team,
    (employees > 1 AND NOT owner_run)::INTEGER AS if_led,
    has_policy::INTEGER AS if_policy,
    has_pipeline::INTEGER AS if_pipeline,
    promised::INTEGER AS if_promised
FROM (
    SELECT
        *,
        presence IN ('listed', 'unlisted') AS present,
        list_filter(['acquire', 'retain', 'support'], lambda purpose: CASE purpose
            WHEN 'acquire' THEN for_acquire WHEN 'retain' THEN for_retain ELSE for_support
        END) AS purposes,
        asked(record, reach, 0.04) AS k_basic,
        asked(record, reach, 0.12) AS k_goal,
        asked(record, reach, 0.20) AS k_network,
        asked(record, reach, 0.30) AS k_leaders,
        asked(record, reach, 0.38) AS k_open,
        asked(record, reach, 0.48) AS k_means,
        asked(record, reach, 0.58) AS k_pipeline,
        asked(record, reach, 0.66) AS k_policy,
        asked(record, reach, 0.74) AS k_measure,
        asked(record, reach, 0.82) AS k_purpose,
        asked(record, reach, 0.90) AS k_belief,
        asked(record, reach, 0.97) AS k_past,
        -- Whole half hours; who has other duties too gives the accounts less than half of the week.
        floor(2 * CASE
            WHEN dedicated OR overworked THEN least(hours, keeper_hours)
            ELSE least(hours, 0.45 * keeper_hours)
        END) / 2 AS keeper_social
    FROM profiled
);
