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
\set v20_3 :v20_3 + 1
\set v25_2 :v25_2 + 1
\set v32_4 :v32_4 + 2
\set v33_11 :v33_11 + 2
\set v33_3 :v33_3 + 2
\set v34_5 :v34_5 + 2
\set v34_9 :v34_9 + 2
\set v35_15 :v35_15 + 2
\set v35_16 :v35_16 + 1
\set v35_3 :v35_3 + 2
\set v36_8 :v36_8 + 2
\set v36_9 :v36_9 + 1
\set v3_2 :v3_2 + 1
\set v41_3 :v41_3 + 1
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
insert into outbox (tenant_id, id, topic, ref, payload, created_at) values (:v19_1, (:born::text || :tick || '1302')::uuid, :v19_3, :v19_4, :v19_5, :v19_6);
insert into idempotency_keys (tenant_id, actor_id, key, request_hash, answer, created_at) values (:v20_1, :v20_2, :v20_3, :v20_4, :v20_5, :v20_6);
commit;
\endpipeline
\startpipeline
begin;
select set_config('app.tenant_id', :v23_1, true), set_config('app.sight', :v23_2, true), set_config('app.actor', :v23_3, true);
select m.roles, a.policy_version, a.key_version, m.branch from members m join agencies a on a.id = m.tenant_id where m.user_id = :v24_1 and m.status = 'active' and a.status = 'active';
select request_hash, answer from idempotency_keys where actor_id = :v25_1 and key = :v25_2;
select i.id, i.subject, i.workflow_version_id, i.version, i.machine, i.data_key, i.facts, i.entered_at, i.changes, i.breaches, i.breach_at, i.expected_by, (select jsonb_object_agg(h.day, h.works) from agency_holidays h) from instances i where i.id = :v26_1 for update of i;
select a.id, a.number, a.title, a.purpose, a.product_kind, a.amount_cents, a.term_months, i.state, i.entered_at, a.owner_id, m.name, a.ltv_bps, a.dti_bps, i.blocked, i.breaches, i.outcome, i.deadline, i.version, i.updated_at, i.workflow_version_id, i.states, i.data_key, case when i.breaches <> '[]' then i.facts end, (select jsonb_build_object('count', sum(jsonb_array_length(x.breaches)), 'lender', (array_agg(l.name order by s.id))[1], 'first', (array_agg(x.breaches->0->'text' order by s.id))[1]) from submissions s join instances x on x.id = s.id join lenders l on l.id = s.lender_id where s.application_id = a.id and x.breaches <> '[]' having count(*) > 0), a.nominal_rate_bps, a.planned_submission, a.rate_kind, a.created_by, a.created_at, a.branch, w.version from applications a join instances i on i.id = a.id join members m on m.user_id = a.owner_id join workflow_versions w on w.id = i.workflow_version_id where a.id = :v27_1;
select p.id, p.subject_id, p.role_type, p.share_bps, s.display_name, s.kind, s.data_key, s.tax_code, s.employments, s.incomes, s.liabilities from application_parties p join subjects s on s.id = p.subject_id where p.application_id = :v28_1 order by p.id;
select l.id, l.property_id, l.purpose, l.lien_rank, p.address_line, p.price_cents, (select (x->>'value_cents')::bigint from jsonb_array_elements(p.appraisals) x order by x->>'appraised_on' desc limit 1) from application_properties l join properties p on p.id = l.property_id where l.application_id = :v29_1 order by l.id;
select s.id, s.kind = 'natural', s.citizenship, s.marital_status, s.pep, s.risk_profile, s.data_key, s.tax_code, s.employments, s.incomes, s.liabilities from application_parties p join subjects s on s.id = p.subject_id where p.application_id = :v30_1;
select s.id, i.state, i.outcome from submissions s join instances i on i.id = s.id where s.application_id = :v31_1;
select d.id, d.kind, d.state, d.subject_id, d.property_id, d.application_id, d.file_name, d.media_type, d.size_bytes, coalesce(encode(d.sha256, 'hex'), ''), d.scan, d.issued_on, d.expires_on, d.reject_reason, d.uploaded_by, d.version, d.created_at, d.updated_at, coalesce(d.blob_key, ''), d.data_key from documents d where d.application_id = :v32_1 or d.subject_id in (select p.subject_id from application_parties p where p.application_id = :v32_1) or d.property_id in (select l.property_id from application_properties l where l.application_id = :v32_1) order by d.id limit 1000;
insert into history (tenant_id, instance_id, sequence, entry, sealed, at) values (:v33_1, :v33_2, :v33_3, :v33_4, :v33_5, :v33_6);
update timers set settled_at = :v34_2, verdict = :v34_6 where instance_id = :v34_1 and settled_at is null and state = :v34_3 and event = :v34_4 and entry = :v34_5;
insert into stays (tenant_id, instance_id, sequence, subject, state, seconds, left_at) values (:v35_1, :v35_2, :v35_3, :v35_4, :v35_5, :v35_6, :v35_7);
update instances set state = :v36_2, states = :v36_3, outcome = null, machine = :v36_5, facts = :v36_6, blocked = null, version = :v36_8, changes = :v36_9, entered_at = :v36_10, deadline = null, updated_at = :v36_12, breaches = :v36_13, breach_at = null, expected_by = null where id = :v36_1;
insert into audit_entries (tenant_id, id, at, actor_id, action, ref, detail, request_id) values (:v37_1, (:born::text || :tick || '2502')::uuid, :v37_3, :v37_4, :v37_5, :v37_6, :v37_7, (:born::text || :tick || '2508')::uuid);
select email from members m where status = 'active' and :v38_1 && roles and (user_id = :v38_2 or not exists (select from members o where o.user_id = :v38_2 and o.status = 'active' and :v38_1 && o.roles)) order by email limit 100;
insert into outbox (tenant_id, id, topic, ref, payload, created_at) values (:v39_1, (:born::text || :tick || '2702')::uuid, :v39_3, :v39_4, :v39_5, :v39_6);
insert into outbox (tenant_id, id, topic, ref, payload, created_at) values (:v40_1, (:born::text || :tick || '2802')::uuid, :v40_3, :v40_4, :v40_5, :v40_6);
insert into idempotency_keys (tenant_id, actor_id, key, request_hash, answer, created_at) values (:v41_1, :v41_2, :v41_3, :v41_4, :v41_5, :v41_6);
commit;
\endpipeline
