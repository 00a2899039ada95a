\set tick :tick + 1
\set v13_4 :v13_4 + 2
\set v14_10 :v14_10 + 2
\set v14_3 :v14_3 + 2
\set v14_9 :v14_9 + 1
\set v15_16 :v15_16 + 2
\set v15_3 :v15_3 + 1
\set v15_4 :v15_4 + 2
\set v16_11 :v16_11 + 2
\set v16_7 :v16_7 + 2
\set v17_15 :v17_15 + 2
\set v17_16 :v17_16 + 1
\set v17_3 :v17_3 + 2
\set v18_8 :v18_8 + 2
\set v18_9 :v18_9 + 1
\set v21_10 :v21_10 + 2
\set v22_4 :v22_4 + 2
\set v24_3 :v24_3 + 1
\set v29_2 :v29_2 + 1
\set v39_4 :v39_4 + 2
\set v3_2 :v3_2 + 1
\set v40_11 :v40_11 + 2
\set v40_3 :v40_3 + 2
\set v41_5 :v41_5 + 2
\set v41_9 :v41_9 + 2
\set v42_15 :v42_15 + 2
\set v42_16 :v42_16 + 1
\set v42_3 :v42_3 + 2
\set v43_8 :v43_8 + 2
\set v43_9 :v43_9 + 1
\set v46_10 :v46_10 + 2
\set v47_4 :v47_4 + 2
\set v49_3 :v49_3 + 1
\startpipeline
begin;
select set_config('app.tenant_id', :v1_1, true), set_config('app.sight', :v1_2, true), set_config('app.actor', :v1_3, true);
select m.roles, a.policy_version, a.key_version, m.branch from members m join agencies a on a.id = m.tenant_id where m.user_id = :v2_1 and m.status = 'active' and a.status = 'active';
select request_hash, answer from idempotency_keys where actor_id = :v3_1 and key = :v3_2;
select i.id, i.subject, i.workflow_version_id, i.version, i.machine, i.data_key, i.facts, i.entered_at, i.changes, i.breaches, i.breach_at, i.expected_by, (select jsonb_object_agg(h.day, h.works) from agency_holidays h) from instances i where i.id = :v4_1 for update of i;
select a.id, a.number, a.title, a.purpose, a.product_kind, a.amount_cents, a.term_months, i.state, i.entered_at, a.owner_id, m.name, a.ltv_bps, a.dti_bps, i.blocked, i.breaches, i.outcome, i.deadline, i.version, i.updated_at, i.workflow_version_id, i.states, i.data_key, case when i.breaches <> '[]' then i.facts end, (select jsonb_build_object('count', sum(jsonb_array_length(x.breaches)), 'lender', (array_agg(l.name order by s.id))[1], 'first', (array_agg(x.breaches->0->'text' order by s.id))[1]) from submissions s join instances x on x.id = s.id join lenders l on l.id = s.lender_id where s.application_id = a.id and x.breaches <> '[]' having count(*) > 0), a.nominal_rate_bps, a.planned_submission, a.rate_kind, a.created_by, a.created_at, a.branch, w.version from applications a join instances i on i.id = a.id join members m on m.user_id = a.owner_id join workflow_versions w on w.id = i.workflow_version_id where a.id = :v5_1;
select p.id, p.subject_id, p.role_type, p.share_bps, s.display_name, s.kind, s.data_key, s.tax_code, s.employments, s.incomes, s.liabilities from application_parties p join subjects s on s.id = p.subject_id where p.application_id = :v6_1 order by p.id;
select l.id, l.property_id, l.purpose, l.lien_rank, p.address_line, p.price_cents, (select (x->>'value_cents')::bigint from jsonb_array_elements(p.appraisals) x order by x->>'appraised_on' desc limit 1) from application_properties l join properties p on p.id = l.property_id where l.application_id = :v7_1 order by l.id;
select s.id, s.kind = 'natural', s.citizenship, s.marital_status, s.pep, s.risk_profile, s.data_key, s.tax_code, s.employments, s.incomes, s.liabilities from application_parties p join subjects s on s.id = p.subject_id where p.application_id = :v8_1;
select s.id, i.state, i.outcome from submissions s join instances i on i.id = s.id where s.application_id = :v9_1;
select d.id, d.kind, d.state, d.subject_id, d.property_id, d.application_id, d.file_name, d.media_type, d.size_bytes, coalesce(encode(d.sha256, 'hex'), ''), d.scan, d.issued_on, d.expires_on, d.reject_reason, d.uploaded_by, d.version, d.created_at, d.updated_at, coalesce(d.blob_key, ''), d.data_key from documents d where d.application_id = :v10_1 or d.subject_id in (select p.subject_id from application_parties p where p.application_id = :v10_1) or d.property_id in (select l.property_id from application_properties l where l.application_id = :v10_1) order by d.id limit 1000;
select b.subject_id, s.data_key, (select max(c.valid_until) from bank_consents c join instances i on i.id = c.id where c.subject_id = b.subject_id and i.state in ('valid', 'expiring') and c.withdrawn_at is null), f.id, f.figures from (select distinct p.subject_id from application_parties p where p.application_id = :v11_1 and p.role_type in ('applicant', 'co_applicant')) b join subjects s on s.id = b.subject_id left join lateral (select * from cash_flows x where x.subject_id = b.subject_id order by x.id desc limit 1) f on f.over_at is null order by b.subject_id;
select b.subject_id, s.data_key, r.id, r.report from (select distinct p.subject_id from application_parties p where p.application_id = :v12_1 and p.role_type in ('applicant', 'co_applicant')) b join subjects s on s.id = b.subject_id left join lateral (select x.id, x.report from credit_reports x where x.subject_id = b.subject_id and x.state = 'ready' order by x.id desc limit 1) r on true order by b.subject_id;
select coalesce((select v.level from verifications v where v.subject_id = b.subject_id and v.state = 'verified' order by array_position(array['high', 'substantial', 'low'], v.level) limit 1), '') from (select distinct p.subject_id from application_parties p where p.application_id = :v13_1 and p.role_type in ('applicant', 'co_applicant')) b;
insert into history (tenant_id, instance_id, sequence, entry, sealed, at) values (:v14_1, :v14_2, :v14_3, :v14_4, :v14_5, :v14_6);
insert into fact_changes (tenant_id, instance_id, number, sequence, name, value, source, actor_id, at) values (:v15_1, :v15_2, :v15_3, :v15_4, :v15_5, :v15_6, :v15_7, :v15_8, :v15_9);
insert into timers (tenant_id, id, instance_id, subject, event, state, entry, due_at) values (:v16_1, (:born::text || :tick || '1002')::uuid, :v16_3, :v16_4, :v16_5, :v16_6, :v16_7, :v16_8);
insert into stays (tenant_id, instance_id, sequence, subject, state, seconds, left_at) values (:v17_1, :v17_2, :v17_3, :v17_4, :v17_5, :v17_6, :v17_7);
update instances set state = :v18_2, states = :v18_3, outcome = null, machine = :v18_5, facts = :v18_6, blocked = null, version = :v18_8, changes = :v18_9, entered_at = :v18_10, deadline = :v18_11, updated_at = :v18_12, breaches = :v18_13, breach_at = null, expected_by = :v18_15 where id = :v18_1;
insert into audit_entries (tenant_id, id, at, actor_id, action, ref, detail, request_id) values (:v19_1, (:born::text || :tick || '1302')::uuid, :v19_3, :v19_4, :v19_5, :v19_6, :v19_7, (:born::text || :tick || '1308')::uuid);
insert into tasks (tenant_id, id, application_id, title, role, assignee_id, due_on, origin, created_at) values (:v20_1, (:born::text || :tick || '1402')::uuid, :v20_3, :v20_4, :v20_5, null, :v20_7, :v20_8, :v20_9);
insert into outbox (tenant_id, id, topic, ref, payload, created_at) values (:v21_1, (:born::text || :tick || '1502')::uuid, :v21_3, :v21_4, :v21_5, :v21_6);
insert into webhook_deliveries (tenant_id, endpoint_id, id, type, subject, sequence, data, at, next_attempt_at) select tenant_id, id, (:born::text || :tick || '1601')::uuid, :v22_2, :v22_3, :v22_4, :v22_5, :v22_6, :v22_6 from webhook_endpoints where :v22_2 = any(types);
insert into outbox (tenant_id, id, topic, ref, payload, created_at) values (:v23_1, (:born::text || :tick || '1702')::uuid, :v23_3, :v23_4, :v23_5, :v23_6);
insert into idempotency_keys (tenant_id, actor_id, key, request_hash, answer, created_at) values (:v24_1, :v24_2, :v24_3, :v24_4, :v24_5, :v24_6);
commit;
\endpipeline
\startpipeline
begin;
select set_config('app.tenant_id', :v27_1, true), set_config('app.sight', :v27_2, true), set_config('app.actor', :v27_3, true);
select m.roles, a.policy_version, a.key_version, m.branch from members m join agencies a on a.id = m.tenant_id where m.user_id = :v28_1 and m.status = 'active' and a.status = 'active';
select request_hash, answer from idempotency_keys where actor_id = :v29_1 and key = :v29_2;
select i.id, i.subject, i.workflow_version_id, i.version, i.machine, i.data_key, i.facts, i.entered_at, i.changes, i.breaches, i.breach_at, i.expected_by, (select jsonb_object_agg(h.day, h.works) from agency_holidays h) from instances i where i.id = :v30_1 for update of i;
select a.id, a.number, a.title, a.purpose, a.product_kind, a.amount_cents, a.term_months, i.state, i.entered_at, a.owner_id, m.name, a.ltv_bps, a.dti_bps, i.blocked, i.breaches, i.outcome, i.deadline, i.version, i.updated_at, i.workflow_version_id, i.states, i.data_key, case when i.breaches <> '[]' then i.facts end, (select jsonb_build_object('count', sum(jsonb_array_length(x.breaches)), 'lender', (array_agg(l.name order by s.id))[1], 'first', (array_agg(x.breaches->0->'text' order by s.id))[1]) from submissions s join instances x on x.id = s.id join lenders l on l.id = s.lender_id where s.application_id = a.id and x.breaches <> '[]' having count(*) > 0), a.nominal_rate_bps, a.planned_submission, a.rate_kind, a.created_by, a.created_at, a.branch, w.version from applications a join instances i on i.id = a.id join members m on m.user_id = a.owner_id join workflow_versions w on w.id = i.workflow_version_id where a.id = :v31_1;
select p.id, p.subject_id, p.role_type, p.share_bps, s.display_name, s.kind, s.data_key, s.tax_code, s.employments, s.incomes, s.liabilities from application_parties p join subjects s on s.id = p.subject_id where p.application_id = :v32_1 order by p.id;
select l.id, l.property_id, l.purpose, l.lien_rank, p.address_line, p.price_cents, (select (x->>'value_cents')::bigint from jsonb_array_elements(p.appraisals) x order by x->>'appraised_on' desc limit 1) from application_properties l join properties p on p.id = l.property_id where l.application_id = :v33_1 order by l.id;
select s.id, s.kind = 'natural', s.citizenship, s.marital_status, s.pep, s.risk_profile, s.data_key, s.tax_code, s.employments, s.incomes, s.liabilities from application_parties p join subjects s on s.id = p.subject_id where p.application_id = :v34_1;
select s.id, i.state, i.outcome from submissions s join instances i on i.id = s.id where s.application_id = :v35_1;
select d.id, d.kind, d.state, d.subject_id, d.property_id, d.application_id, d.file_name, d.media_type, d.size_bytes, coalesce(encode(d.sha256, 'hex'), ''), d.scan, d.issued_on, d.expires_on, d.reject_reason, d.uploaded_by, d.version, d.created_at, d.updated_at, coalesce(d.blob_key, ''), d.data_key from documents d where d.application_id = :v36_1 or d.subject_id in (select p.subject_id from application_parties p where p.application_id = :v36_1) or d.property_id in (select l.property_id from application_properties l where l.application_id = :v36_1) order by d.id limit 1000;
select b.subject_id, s.data_key, (select max(c.valid_until) from bank_consents c join instances i on i.id = c.id where c.subject_id = b.subject_id and i.state in ('valid', 'expiring') and c.withdrawn_at is null), f.id, f.figures from (select distinct p.subject_id from application_parties p where p.application_id = :v37_1 and p.role_type in ('applicant', 'co_applicant')) b join subjects s on s.id = b.subject_id left join lateral (select * from cash_flows x where x.subject_id = b.subject_id order by x.id desc limit 1) f on f.over_at is null order by b.subject_id;
select b.subject_id, s.data_key, r.id, r.report from (select distinct p.subject_id from application_parties p where p.application_id = :v38_1 and p.role_type in ('applicant', 'co_applicant')) b join subjects s on s.id = b.subject_id left join lateral (select x.id, x.report from credit_reports x where x.subject_id = b.subject_id and x.state = 'ready' order by x.id desc limit 1) r on true order by b.subject_id;
select coalesce((select v.level from verifications v where v.subject_id = b.subject_id and v.state = 'verified' order by array_position(array['high', 'substantial', 'low'], v.level) limit 1), '') from (select distinct p.subject_id from application_parties p where p.application_id = :v39_1 and p.role_type in ('applicant', 'co_applicant')) b;
insert into history (tenant_id, instance_id, sequence, entry, sealed, at) values (:v40_1, :v40_2, :v40_3, :v40_4, :v40_5, :v40_6);
update timers set settled_at = :v41_2, verdict = :v41_6 where instance_id = :v41_1 and settled_at is null and state = :v41_3 and event = :v41_4 and entry = :v41_5;
insert into stays (tenant_id, instance_id, sequence, subject, state, seconds, left_at) values (:v42_1, :v42_2, :v42_3, :v42_4, :v42_5, :v42_6, :v42_7);
update instances set state = :v43_2, states = :v43_3, outcome = null, machine = :v43_5, facts = :v43_6, blocked = null, version = :v43_8, changes = :v43_9, entered_at = :v43_10, deadline = null, updated_at = :v43_12, breaches = :v43_13, breach_at = null, expected_by = null where id = :v43_1;
insert into audit_entries (tenant_id, id, at, actor_id, action, ref, detail, request_id) values (:v44_1, (:born::text || :tick || '2c02')::uuid, :v44_3, :v44_4, :v44_5, :v44_6, :v44_7, (:born::text || :tick || '2c08')::uuid);
select email from members m where status = 'active' and :v45_1 && roles and (user_id = :v45_2 or not exists (select from members o where o.user_id = :v45_2 and o.status = 'active' and :v45_1 && o.roles)) order by email limit 100;
insert into outbox (tenant_id, id, topic, ref, payload, created_at) values (:v46_1, (:born::text || :tick || '2e02')::uuid, :v46_3, :v46_4, :v46_5, :v46_6);
insert into webhook_deliveries (tenant_id, endpoint_id, id, type, subject, sequence, data, at, next_attempt_at) select tenant_id, id, (:born::text || :tick || '2f01')::uuid, :v47_2, :v47_3, :v47_4, :v47_5, :v47_6, :v47_6 from webhook_endpoints where :v47_2 = any(types);
insert into outbox (tenant_id, id, topic, ref, payload, created_at) values (:v48_1, (:born::text || :tick || '3002')::uuid, :v48_3, :v48_4, :v48_5, :v48_6);
insert into idempotency_keys (tenant_id, actor_id, key, request_hash, answer, created_at) values (:v49_1, :v49_2, :v49_3, :v49_4, :v49_5, :v49_6);
commit;
\endpipeline
