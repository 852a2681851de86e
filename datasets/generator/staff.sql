-- The table of staff: few companies keep one. Its first person is the one who spends most time on it.

CREATE VIEW staff AS
SELECT
    format('c{:08d}', i) AS company_id,
    'p' || j AS person_id,
    told(s, 'function', CASE
        WHEN employees < 10 AND j = 1 THEN 'owner'
        WHEN employees < 10 THEN pick(s, 'helper', ['marketing', 'sales', 'customer_service'])
        ELSE pick(s, 'role',
            ['marketing', 'marketing', 'customer_service', 'public_relations', 'sales', 'product'])
    END, 0.9) AS function,
    told(s, 'working_hours', working, 0.92)::DOUBLE AS working_hours_week,
    told(s, 'social_hours', CASE
        WHEN j = 1 THEN keeper_social
        ELSE floor(2 * least(0.4 * working, keeper_social) * u(s, 'part')) / 2
    END, 0.92)::DOUBLE AS social_hours_week,
    told(s, 'is_dedicated', yes_if(dedicated AND j = 1), 0.85) AS is_dedicated
FROM (
    SELECT *, CASE WHEN j = 1 THEN keeper_hours ELSE pick(s, 'part time', [40, 40, 40, 30, 20]) END AS working
    FROM (
        SELECT *, hash(h, -j) AS s
        FROM (
            SELECT i, h, employees, keeper_hours, keeper_social, dedicated, unnest(range(1, 1 + people)) AS j
            FROM (
                SELECT *, least(employees, 1 + floor(3.5 * u(h, 'people on staff')))::BIGINT AS people
                FROM questioned
                WHERE present AND employees > 1
                    AND u(h, 'staff') < CASE record WHEN 'rich' THEN 0.15 WHEN 'partial' THEN 0.06 ELSE 0.01 END
            )
        )
    )
);
