-- What is true of each account: one row each, in the order of the companies.

-- Which networks a company is on, and since when.
CREATE VIEW account_rows AS
SELECT
    * EXCLUDE (chosen, statuses),
    hash(h, j) AS a,
    chosen[j] AS network,
    statuses[j] AS status,
    len(list_filter(statuses[1:j], lambda s: s = 'open')) AS place
FROM (
    SELECT
        * EXCLUDE (ranked),
        list_transform(ranked[1:accounts], lambda r: getvariable('networks')[r.number]) AS chosen,
        unnest(range(1, accounts + 1)) AS j
    FROM (
        SELECT
            i, h, industry, country, employees, m, fit, b2b, accounts, statuses, hours, opened, overworked, price,
            wage, urgent, purposes, for_acquire, for_retain, for_support, dk, crm, books, stats, k_network, d_network,
            works_acquire OR works_retain OR urgent AS some_use,
            pick(h, 'name', getvariable('name_words')) AS word,
            -- A weighted draw without replacement: the smallest -ln(u) / weight first.
            list_sort(list_transform(getvariable('networks'), lambda n, number: {
                key: -ln(1 - u(h, n.slug)) / CASE
                    WHEN n.only_in IS NOT NULL AND NOT contains(n.only_in, country.code) THEN 0.0001
                    WHEN b2b THEN n.b2b
                    WHEN industry.party IN ('guests', 'visitors') THEN n.guests
                    WHEN mixed THEN (n.b2b + n.b2c) / 2
                    ELSE n.b2c
                END,
                number: number
            })) AS ranked
        FROM questioned
        WHERE accounts > 0
    )
);

-- How it does: whether the network was a good choice, what it brings, how it is kept.
CREATE VIEW account_truths AS
SELECT
    *,
    -- Per month, growing with the hours put in; nothing at all where it brings nothing.
    CASE WHEN brings AND acquires THEN 1 + floor(3 * share_hours * exp(0.7 * z(a, 'leads'))) ELSE 0 END AS leads,
    CASE
        WHEN brings AND acquires THEN floor(1 + 2 * share_hours * exp(0.7 * z(a, 'sales')))
        WHEN brings AND retains THEN floor(share_hours * exp(0.7 * z(a, 'sales')))
        ELSE 0
    END AS sales,
    CASE WHEN brings AND retains THEN 1 + floor(2 * share_hours * exp(0.7 * z(a, 'retained'))) ELSE 0 END AS retained,
    CASE WHEN brings AND for_support THEN 1 + floor(0.5 * messages) ELSE 0 END AS cases,
    CASE
        WHEN brings THEN tidy(share_hours * 52 / 12 * wage * (0.7 + 2.4 * m * (0.3 + fit) * (0.5 + u(a, 'luck'))))
        ELSE 0
    END AS value,
    messages - floor(messages * CASE
        WHEN u(a, 'replies') < likely(m, 0.30) THEN 0.12 * u(a, 'unanswered') ELSE 0.15 + 0.7 * u(a, 'unanswered')
    END) AS answered,
    complaints - floor(complaints * CASE
        WHEN u(a, 'resolves') < likely(m, 0.30) THEN 0.15 * u(a, 'unresolved') ELSE 0.8 * u(a, 'unresolved')
    END) AS resolved,
    floor(3 * u(a, 'enquiries') + CASE WHEN acquires THEN 3 ELSE 1 END * share_hours * (1 + 2 * u(a, 'enquirers')))
        AS enquiries,
    managers[1] IN ('agency', 'freelancer') AS outside
FROM (
    SELECT
        *,
        floor(0.6 * messages * power(u(a, 'complaints'), 3)) AS complaints,
        u(a, 'brings') < CASE WHEN some_use THEN 1 ELSE 0.25 END * clamp(0.35 + 1.3 * fit) * clamp(
            CASE WHEN good THEN 0.36 ELSE 0 END + 0.75 * m - CASE WHEN months < 12 THEN 0.25 ELSE 0 END
        ) AS brings,
        u(a, 'fashion') < CASE WHEN good THEN 0.06 ELSE 0.75 - 0.5 * m END AS fashionable
    FROM (
        SELECT
            *,
            -- A good choice of network: the fit of the company and of the network, and the care taken.
            u(a, 'good') < clamp(0.08 + 0.28 * m + 0.95 * clamp(fit + 0.15 * z(a, 'fit') + CASE
                WHEN b2b AND network.consumer THEN -0.20
                WHEN b2b AND network.slug IN ('linkedin', 'xing') THEN 0.15
                ELSE 0.03
            END)) AS good,
            for_acquire OR NOT (for_retain OR for_support) AS acquires,
            for_retain OR NOT (for_acquire OR for_support) AS retains,
            (status = 'open')::INTEGER AS if_open,
            (status <> 'planned')::INTEGER AS if_opened,
            greatest(
                make_date(network.since, 1 + floor(12 * u(a, 'joined'))::INTEGER, 1),
                (getvariable('as_of') - to_days((months * 30.44)::INTEGER))::DATE
            ) AS opened_on,
            -- Most accounts post every few days; a neglected one has been silent for months.
            CASE
                WHEN u(a, 'neglect') < 0.40 - 0.42 * m THEN 40 + floor(500 * power(u(a, 'silence'), 2))
                ELSE floor((8 + 28 * (1 - m)) * power(u(a, 'silence'), 2))
            END AS days_silent,
            -- The first account takes the most time; whole quarters of an hour, never more than there are.
            CASE
                WHEN status = 'open' THEN floor(8 * hours * (opened - place + 1) / (opened * (opened + 1))) / 4
                ELSE 0
            END AS share_hours,
            floor(network.quick * exp(1.6 + 0.9 * z(a, 'messages')) * (1 + employees / 150)
                * CASE WHEN urgent THEN 12 ELSE 1 END) AS messages,
            floor(60 * exp(0.9 * z(a, 'followers')) * power(employees, 0.6) * power(1 + months / 12, 0.8)) AS fans,
            CASE
                WHEN employees < 10 THEN pick(a, 'manager',
                    [['owner'], ['owner'], ['owner'], ['employee'], ['family'], ['freelancer'], ['agency']])
                ELSE pick(a, 'manager', [['marketing'], ['employee'], ['marketing', 'employee'], ['agency'],
                    ['freelancer', 'employee'], ['intern']])
            END AS managers
        FROM (
            SELECT
                *,
                CASE
                    WHEN status = 'closed' THEN 20 + 110 * u(a, 'age')
                    WHEN u(a, 'young') < 0.15 THEN 1 + 10 * u(a, 'age')
                    ELSE 12 + 105 * power(u(a, 'age'), 1.3)
                END AS months,
                lower(concat(word, '_', industry.noun, i)) AS name
            FROM account_rows
        )
    )
);
