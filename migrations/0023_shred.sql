-- +goose Up
-- Shredding an agency: the operator destroys its keys and says so in the trail of its network.
call open_table_to('network_audit_entries', 'pratica_operator', 'insert');
grant insert on tenant_keys to pratica_operator;
