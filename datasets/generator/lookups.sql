-- What the profiles draw from. The figures in the CSV files are ours, chosen to look like a portfolio
-- of small firms. They are lists in variables and not tables, because a join would not keep the order
-- of the rows. What has a weight comes as often in its list as the weight says.
--
-- industries: fit = how well social media suits the trade; present = share with accounts; b2b, mixed =
-- shares of the business models; price = a typical sale in EUR; once ... repeat = cumulative shares of
-- the purchase frequencies (the rest are subscriptions); help = share with many urgent requests;
-- season = share that closes for a time; big = how much larger the firms are; cycle = days to a sale.
SET VARIABLE industries = (
    SELECT list(industry ORDER BY industry.slug, copy)
    FROM (
        SELECT
            {slug: slug, nace: nace, fit: fit, present: present, b2b: b2b, mixed: mixed, price: price, once: once,
             rare: rare, occasional: occasional, repeat: repeat, help: help, season: season, big: big,
             party: party, cycle: cycle, noun: noun, offers: string_split(offers, ';'), goal: goal} AS industry,
            unnest(range(weight)) AS copy
        FROM read_csv(getvariable('folder') || 'industries.csv')
    )
);

-- countries: per_euro = units of the currency for one euro, roughly.
SET VARIABLE countries = (
    SELECT list(country ORDER BY country.code, copy)
    FROM (
        SELECT
            {code: code, currency: currency, per_euro: per_euro, language: language} AS country,
            unnest(range(weight)) AS copy
        FROM read_csv(getvariable('folder') || 'countries.csv')
    )
);

-- networks: b2c, b2b = how often such firms choose it; guests = the same for trades with guests or
-- visitors; only_in = countries; consumer = not where business buyers look; quick = how much people
-- write to firms there.
SET VARIABLE networks = (
    SELECT list({slug: slug, b2c: b2c, b2b: b2b, guests: guests, only_in: only_in, since: since,
                 address: address, consumer: consumer, quick: quick} ORDER BY slug)
    FROM read_csv(getvariable('folder') || 'networks.csv')
);

SET VARIABLE name_words = string_split(
    'Amber Anchor Birch Bluebell Bridge Bright Cedar Clover Copper Crown Delta Ember Fern Forest Garden '
    || 'Granite Harbour Hazel Heron Hill Iris Juniper Lark Linden Maple Meadow Mill Moss North Oak Olive '
    || 'Orchard Pebble Pine Quarry River Rowan Silver Stone Swift Thistle Tower Valley Willow', ' '
);
