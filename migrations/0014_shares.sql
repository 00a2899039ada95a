-- +goose Up
-- A party's share and a lien's rank are corrected in place; who is party to what is added and removed.
grant update (share_bps) on application_parties to pratica_app;
grant update (lien_rank) on application_properties to pratica_app;
