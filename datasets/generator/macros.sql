-- Random draws that depend on nothing but the company, the name of the draw and the seed.
--
-- random() would give other values with another number of threads. A draw here is the hash of the
-- company's own hash `h` and the name of the draw, so that it can be repeated anywhere: the table of
-- accounts draws the same profile of a company as the table of companies.

-- Uniform in [0, 1).
CREATE MACRO u(h, draw) AS (hash(xor(h, hash(draw))) >> 11)::DOUBLE / 9007199254740992;

-- Roughly normal with mean 0 and deviation 1, within -3 ... 3: the sum of three uniform pieces of a hash.
CREATE MACRO z(h, draw) AS (
    ((hash(xor(h, hash(draw || ' z'))) & 2097151)
    + ((hash(xor(h, hash(draw || ' z'))) >> 21) & 2097151)
    + ((hash(xor(h, hash(draw || ' z'))) >> 42) & 2097151))::DOUBLE / 2097152 - 1.5) * 2;

CREATE MACRO clamp(x) AS least(1.0, greatest(0.0, x));

CREATE MACRO pick(h, draw, choices) AS choices[1 + floor(u(h, draw) * len(choices))::INTEGER];

-- Each element with the same chance, independently.
CREATE MACRO some_of(h, draw, choices, chance) AS
    list_filter(choices, lambda choice: u(xor(h, hash(draw)), choice) < chance);

-- The chance that a company of maturity m has done its homework: 1 in about 400 misses a point even
-- among the best, since a verdict asks for some forty points at once.
CREATE MACRO likely(m, base) AS least(0.9975, greatest(0.02, base + 0.9 * m));

-- Money and quantities as people write them: two significant digits.
CREATE MACRO tidy(x) AS CASE
    WHEN x < 1 THEN round(x, 2)
    WHEN x < 20 THEN round(x, 1)
    WHEN x < 200 THEN round(x)
    WHEN x < 2000 THEN round(x, -1)
    WHEN x < 20000 THEN round(x, -2)
    ELSE round(x, -3)
END;

-- What became of a question: was it answered at all (chance `known`), and with dont_know (chance `dk`)?
CREATE MACRO told(h, fact, truth, known) AS CASE WHEN u(h, fact || ' known') < known THEN truth END;

CREATE MACRO told_or_not_known(h, fact, truth, known, dk) AS CASE
    WHEN u(h, fact || ' known') >= known THEN NULL
    WHEN u(h, fact || ' dont know') < dk THEN 'dont_know'
    ELSE truth
END;

CREATE MACRO told_list(h, fact, truth, known, dk) AS CASE
    WHEN u(h, fact || ' known') >= known THEN NULL
    WHEN u(h, fact || ' dont know') < dk THEN ['dont_know']
    ELSE truth
END;

CREATE MACRO yes_if(truth) AS CASE WHEN truth THEN 'yes' ELSE 'no' END;

-- A question for yes, no or dont_know, where nothing else depends on the true answer.
CREATE MACRO answer(h, fact, chance, known, dk) AS CASE
    WHEN u(h, fact || ' known') >= known THEN NULL
    WHEN u(h, fact || ' dont know') < dk THEN 'dont_know'
    WHEN u(h, fact) < chance THEN 'yes'
    ELSE 'no'
END;

-- The chance that a question at position `place` (0 ... 1) of the questionnaire was answered. Most
-- people who stop do so part of the way through: before `reach` nearly all is answered, after it little.
CREATE MACRO asked(record, reach, place) AS CASE record
    WHEN 'rich' THEN 0.9988
    WHEN 'partial' THEN CASE WHEN place <= reach THEN 0.965 ELSE 0.06 END
    ELSE CASE WHEN place <= reach THEN 0.8 ELSE 0.02 END
END;
