-- The table of accounts: what is true of them as far as it was asked, answered or measured. The columns
-- are the facts of the rulebook, in its order.

CREATE VIEW accounts AS
SELECT
    format('c{:08d}', i) AS company_id,
    network.slug AS network,
    told(a, 'handle', '@' || name, 0.85) AS handle,
    told(a, 'url', network.address || name, 0.6 * crm) AS url,
    told(a, 'language', country.language, 0.2 * crm) AS language,
    told(a, 'location', pick(a, 'branch', ['centre', 'station', 'harbour', 'head office']), 0.06 * crm) AS location,
    status,
    told(a, 'opened_on', opened_on, greatest(k_network, stats) * if_opened) AS opened_on,
    answer(a, 'early_adopter', 0.08, 0.15 * k_network * if_opened, dk) AS early_adopter,
    told_or_not_known(a, 'opened_because_fashionable', yes_if(fashionable), k_network, dk)
        AS opened_because_fashionable,
    answer(a, 'suits_business', CASE WHEN good THEN 0.98 ELSE 0.30 END, k_network * CASE
        WHEN fashionable OR NOT good THEN 1 ELSE 0.6
    END, dk) AS suits_business,
    answer(a, 'fits_goal', CASE WHEN good THEN 0.985 ELSE 0.35 END, k_network, dk) AS fits_goal,
    answer(a, 'network_strategy', likely(m, 0.0), d_network, dk) AS network_strategy,
    told(a, 'purposes', purposes, 0.2 * k_network) AS purposes,
    answer(a, 'audience_present', CASE WHEN good THEN 0.985 ELSE 0.45 END, k_network, dk) AS audience_present,
    answer(a, 'buyers_present', CASE WHEN good THEN 0.975 ELSE 0.25 END, k_network, 1.5 * dk) AS buyers_present,
    answer(a, 'buyers_search_here', CASE WHEN good THEN 0.6 ELSE 0.15 END, d_network, dk) AS buyers_search_here,
    answer(a, 'audience_reachable', CASE WHEN good THEN 0.98 ELSE 0.50 END, k_network, dk) AS audience_reachable,
    answer(a, 'customers_active', CASE WHEN good THEN 0.965 ELSE 0.40 END, k_network, dk) AS customers_active,
    answer(a, 'customers_professional', CASE WHEN good THEN 0.93 ELSE 0.20 END, d_network * b2b::INTEGER, dk)
        AS customers_professional,
    told(a, 'referral_visits', floor(CASE WHEN good THEN 25 ELSE 4 END * exp(0.9 * z(a, 'referral_visits'))
        * power(employees, 0.4)), 0.4 * stats * if_open) AS referral_visits_month,
    told(a, 'followers', fans, stats * if_opened)::BIGINT AS followers,
    told(a, 'competitor_followers', floor(fans * 2.5 * u(a, 'competitor_followers')), 0.15 * stats)::BIGINT
        AS competitor_followers,
    told(a, 'enquiry_budget', tidy(price * CASE
        WHEN good THEN 0.85 + 0.5 * u(a, 'enquiry_budget') ELSE 0.25 + 0.9 * u(a, 'enquiry_budget')
    END), 0.4 * books) AS enquiry_budget,
    told(a, 'enquiries', enquiries, 0.7 * books * if_open)::INTEGER AS enquiries_90d,
    told(a, 'enquiries', CASE
        WHEN brings THEN least(enquiries, 1 + floor(0.35 * enquiries * u(a, 'conversion'))) ELSE 0
    END, 0.7 * books * if_open)::INTEGER AS enquiries_converted_90d,
    told(a, 'hours', share_hours, greatest(0.9 * books, 0.5 * k_network) * if_open) AS hours_week,
    answer(a, 'time_sufficient', CASE WHEN overworked THEN 0.35 ELSE likely(m, 0.33) END, k_network * if_open, dk)
        AS time_sufficient,
    told(a, 'last_post_on', greatest(opened_on, (getvariable('as_of') - to_days(days_silent::INTEGER))::DATE),
        greatest(k_network, 1.6 * stats) * if_open) AS last_post_on,
    told(a, 'messages', messages, greatest(k_network, 0.5 * stats) * if_open)::INTEGER AS messages_30d,
    told(a, 'messages', answered, greatest(k_network, 0.5 * stats) * if_open)::INTEGER AS messages_answered_30d,
    told(a, 'complaints', complaints, 0.6 * stats * if_open)::INTEGER AS complaints_90d,
    told(a, 'complaints', resolved, 0.55 * stats * if_open)::INTEGER AS complaints_resolved_90d,
    answer(a, 'content_interesting', likely(m, 0.32), d_network * if_open, dk) AS content_interesting,
    answer(a, 'content_adds_value', likely(m, 0.32), d_network * if_open, dk) AS content_adds_value,
    told(a, 'duplicates', round(CASE WHEN accounts = 1 THEN 0 ELSE power(u(a, 'duplicates'), 0.6 + 2 * m) END, 2),
        0.4 * stats * if_open) AS duplicate_content_share,
    told(a, 'automated', round(power(u(a, 'automated'), 1 + 3 * m), 2), 0.4 * stats * if_open) AS automated_share,
    told_or_not_known(a, 'objectives_met', CASE
        WHEN u(a, 'objectives') >= likely(m, 0.28) THEN 'none_set'
        WHEN u(a, 'objectives_met') < CASE WHEN brings THEN 0.97 ELSE 0.2 END THEN 'yes'
        ELSE 'no'
    END, k_network * if_open, dk) AS objectives_met,
    answer(a, 'analysis_done', 0.15 + 0.75 * m, k_network * if_open, dk) AS analysis_done,
    answer(a, 'pros_cons_listed', 0.1 + 0.7 * m, d_network * if_open, dk) AS pros_cons_listed,
    answer(a, 'tactics_suitable', CASE WHEN brings THEN likely(m, 0.33) ELSE 0.25 + 0.4 * m END,
        k_network * if_open, dk) AS tactics_suitable,
    told_or_not_known(a, 'clear_benefit', yes_if(brings), k_network * if_open, 1.5 * dk) AS clear_benefit,
    told(a, 'leads', leads, 0.7 * books * if_open * acquires::INTEGER) AS leads_month,
    told(a, 'sales', sales, 0.7 * books * if_open) AS sales_month,
    told(a, 'retained', retained, 0.6 * books * if_open * retains::INTEGER) AS retained_customers_month,
    told(a, 'cases', cases, stats * if_open * for_support::INTEGER) AS support_cases_month,
    told(a, 'value', value, 0.5 * books * if_open) AS value_month,
    told_list(a, 'managed_by', managers, d_network * if_open, dk) AS managed_by,
    answer(a, 'delegate_experienced', likely(m, 0.30), d_network * if_open * outside::INTEGER, dk)
        AS delegate_experienced,
    answer(a, 'delegate_knows_budget', likely(m, 0.28), d_network * if_open * outside::INTEGER, dk)
        AS delegate_knows_budget
FROM account_truths;
