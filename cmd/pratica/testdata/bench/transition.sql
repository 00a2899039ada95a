\set tick :tick + 1
\set v10_4 :v10_4 + 2
\set v11_10 :v11_10 + 2
\set v11_3 :v11_3 + 2
\set v11_9 :v11_9 + 1
\set v12_16 :v12_16 + 2
\set v12_3 :v12_3 + 1
\set v12_4 :v12_4 + 2
\set v13_11 :v13_11 + 2
\set v13_7 :v13_7 + 2
\set v14_15 :v14_15 + 2
\set v14_16 :v14_16 + 1
\set v14_3 :v14_3 + 2
\set v15_8 :v15_8 + 2
\set v15_9 :v15_9 + 1
\set v18_10 :v18_10 + 2
\set v19_4 :v19_4 + 2
\set v21_3 :v21_3 + 1
\set v26_2 :v26_2 + 1
\set v33_4 :v33_4 + 2
\set v34_11 :v34_11 + 2
\set v34_3 :v34_3 + 2
\set v35_5 :v35_5 + 2
\set v35_9 :v35_9 + 2
\set v36_15 :v36_15 + 2
\set v36_16 :v36_16 + 1
\set v36_3 :v36_3 + 2
\set v37_8 :v37_8 + 2
\set v37_9 :v37_9 + 1
\set v3_2 :v3_2 + 1
\set v40_10 :v40_10 + 2
\set v41_4 :v41_4 + 2
\set v43_3 :v43_3 + 1
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
insert into history (tenant_id, instance_id, sequence, entry, sealed, at) values (:v11_1, :v11_2, :v11_3, :v11_4, :v11_5, :v11_6);
insert into fact_changes (tenant_id, instance_id, number, sequence, name, value, source, actor_id, at) values (:v12_1, :v12_2, :v12_3, :v12_4, :v12_5, :v12_6, :v12_7, :v12_8, :v12_9);
insert into timers (tenant_id, id, instance_id, subject, event, state, entry, due_at) values (:v13_1, (:born::text || :tick || '0d02')::uuid, :v13_3, :v13_4, :v13_5, :v13_6, :v13_7, :v13_8);
insert into stays (tenant_id, instance_id, sequence, subject, state, seconds, left_at) values (:v14_1, :v14_2, :v14_3, :v14_4, :v14_5, :v14_6, :v14_7);
update instances set state = :v15_2, states = :v15_3, outcome = null, machine = :v15_5, facts = :v15_6, blocked = null, version = :v15_8, changes = :v15_9, entered_at = :v15_10, deadline = :v15_11, updated_at = :v15_12, breaches = :v15_13, breach_at = null, expected_by = :v15_15 where id = :v15_1;
insert into audit_entries (tenant_id, id, at, actor_id, action, ref, detail, request_id) values (:v16_1, (:born::text || :tick || '1002')::uuid, :v16_3, :v16_4, :v16_5, :v16_6, :v16_7, (:born::text || :tick || '1008')::uuid);
insert into tasks (tenant_id, id, application_id, title, role, assignee_id, due_on, origin, created_at) values (:v17_1, (:born::text || :tick || '1102')::uuid, :v17_3, :v17_4, :v17_5, null, :v17_7, :v17_8, :v17_9);
insert into outbox (tenant_id, id, topic, ref, payload, created_at) values (:v18_1, (:born::text || :tick || '1202')::uuid, :v18_3, :v18_4, :v18_5, :v18_6);
insert into webhook_deliveries (tenant_id, endpoint_id, id, type, subject, sequence, data, at, next_attempt_at) select tenant_id, id, (:born::text || :tick || '1301')::uuid, :v19_2, :v19_3, :v19_4, :v19_5, :v19_6, :v19_6 from webhook_endpoints where :v19_2 = any(types);
insert into outbox (tenant_id, id, topic, ref, payload, created_at) values (:v20_1, (:born::text || :tick || '1402')::uuid, :v20_3, :v20_4, :v20_5, :v20_6);
insert into idempotency_keys (tenant_id, actor_id, key, request_hash, answer, created_at) values (:v21_1, :v21_2, :v21_3, :v21_4, :v21_5, :v21_6);
commit;
\endpipeline
\startpipeline
begin;
select set_config('app.tenant_id', :v24_1, true), set_config('app.sight', :v24_2, true), set_config('app.actor', :v24_3, true);
select m.roles, a.policy_version, a.key_version, m.branch from members m join agencies a on a.id = m.tenant_id where m.user_id = :v25_1 and m.status = 'active' and a.status = 'active';
select request_hash, answer from idempotency_keys where actor_id = :v26_1 and key = :v26_2;
select i.id, i.subject, i.workflow_version_id, i.version, i.machine, i.data_key, i.facts, i.entered_at, i.changes, i.breaches, i.breach_at, i.expected_by, (select jsonb_object_agg(h.day, h.works) from agency_holidays h) from instances i where i.id = :v27_1 for update of i;
select a.id, a.number, a.title, a.purpose, a.product_kind, a.amount_cents, a.term_months, i.state, i.entered_at, a.owner_id, m.name, a.ltv_bps, a.dti_bps, i.blocked, i.breaches, i.outcome, i.deadline, i.version, i.updated_at, i.workflow_version_id, i.states, i.data_key, case when i.breaches <> '[]' then i.facts end, (select jsonb_build_object('count', sum(jsonb_array_length(x.breaches)), 'lender', (array_agg(l.name order by s.id))[1], 'first', (array_agg(x.breaches->0->'text' order by s.id))[1]) from submissions s join instances x on x.id = s.id join lenders l on l.id = s.lender_id where s.application_id = a.id and x.breaches <> '[]' having count(*) > 0), a.nominal_rate_bps, a.planned_submission, a.rate_kind, a.created_by, a.created_at, a.branch, w.version from applications a join instances i on i.id = a.id join members m on m.user_id = a.owner_id join workflow_versions w on w.id = i.workflow_version_id where a.id = :v28_1;
select p.id, p.subject_id, p.role_type, p.share_bps, s.display_name, s.kind, s.data_key, s.tax_code, s.employments, s.incomes, s.liabilities from application_parties p join subjects s on s.id = p.subject_id where p.application_id = :v29_1 order by p.id;
select l.id, l.property_id, l.purpose, l.lien_rank, p.address_line, p.price_cents, (select (x->>'value_cents')::bigint from jsonb_array_elements(p.appraisals) x order by x->>'appraised_on' desc limit 1) from application_properties l join properties p on p.id = l.property_id where l.application_id = :v30_1 order by l.id;
select s.id, s.kind = 'natural', s.citizenship, s.marital_status, s.pep, s.risk_profile, s.data_key, s.tax_code, s.employments, s.incomes, s.liabilities from application_parties p join subjects s on s.id = p.subject_id where p.application_id = :v31_1;
select s.id, i.state, i.outcome from submissions s join instances i on i.id = s.id where s.application_id = :v32_1;
select d.id, d.kind, d.state, d.subject_id, d.property_id, d.application_id, d.file_name, d.media_type, d.size_bytes, coalesce(encode(d.sha256, 'hex'), ''), d.scan, d.issued_on, d.expires_on, d.reject_reason, d.uploaded_by, d.version, d.created_at, d.updated_at, coalesce(d.blob_key, ''), d.data_key from documents d where d.application_id = :v33_1 or d.subject_id in (select p.subject_id from application_parties p where p.application_id = :v33_1) or d.property_id in (select l.property_id from application_properties l where l.application_id = :v33_1) order by d.id limit 1000;
insert into history (tenant_id, instance_id, sequence, entry, sealed, at) values (:v34_1, :v34_2, :v34_3, :v34_4, :v34_5, :v34_6);
update timers set settled_at = :v35_2, verdict = :v35_6 where instance_id = :v35_1 and settled_at is null and state = :v35_3 and event = :v35_4 and entry = :v35_5;
insert into stays (tenant_id, instance_id, sequence, subject, state, seconds, left_at) values (:v36_1, :v36_2, :v36_3, :v36_4, :v36_5, :v36_6, :v36_7);
update instances set state = :v37_2, states = :v37_3, outcome = null, machine = :v37_5, facts = :v37_6, blocked = null, version = :v37_8, changes = :v37_9, entered_at = :v37_10, deadline = null, updated_at = :v37_12, breaches = :v37_13, breach_at = null, expected_by = null where id = :v37_1;
insert into audit_entries (tenant_id, id, at, actor_id, action, ref, detail, request_id) values (:v38_1, (:born::text || :tick || '2602')::uuid, :v38_3, :v38_4, :v38_5, :v38_6, :v38_7, (:born::text || :tick || '2608')::uuid);
select email from members m where status = 'active' and :v39_1 && roles and (user_id = :v39_2 or not exists (select from members o where o.user_id = :v39_2 and o.status = 'active' and :v39_1 && o.roles)) order by email limit 100;
insert into outbox (tenant_id, id, topic, ref, payload, created_at) values (:v40_1, (:born::text || :tick || '2802')::uuid, :v40_3, :v40_4, :v40_5, :v40_6);
insert into webhook_deliveries (tenant_id, endpoint_id, id, type, subject, sequence, data, at, next_attempt_at) select tenant_id, id, (:born::text || :tick || '2901')::uuid, :v41_2, :v41_3, :v41_4, :v41_5, :v41_6, :v41_6 from webhook_endpoints where :v41_2 = any(types);
insert into outbox (tenant_id, id, topic, ref, payload, created_at) values (:v42_1, (:born::text || :tick || '2a02')::uuid, :v42_3, :v42_4, :v42_5, :v42_6);
insert into idempotency_keys (tenant_id, actor_id, key, request_hash, answer, created_at) values (:v43_1, :v43_2, :v43_3, :v43_4, :v43_5, :v43_6);
commit;
\endpipeline
