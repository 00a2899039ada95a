import { Loader, Select, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { AskDialog } from "./AskDialog";
import { ahead, institutionsQuery } from "./outside";
import type { useWays } from "./useWays";

type Bank = { institution: string; institution_name: string };

/** Asks a person to let their accounts be read: at which bank, and until when. */
export function AskConsent({ id, ways, onClose }: { id: string; ways: ReturnType<typeof useWays>; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [entered, setEntered] = useState<Record<string, Bank>>({}); // by connection
  const [missing, setMissing] = useState(false);
  const [until, setUntil] = useState(ahead(90));
  const [most] = useState(ahead(180));
  type Body = Bank & { application_id: string; connection_id: string; valid_until: string };
  const ask = useSend<Body, unknown>({
    send: (body, once) => take(api.POST("/api/v1/subjects/{id}/bank-consents", { params: { path: { id }, header: once(body) }, body })),
    touches: ["bank_consents", "operations"],
    onDone: onClose,
  });
  const nameOf = (connection: string) => ways.connections.find((c) => c.id === connection)?.name ?? "";
  /** A connection that leads to one bank is called like it, until somebody says otherwise. */
  const bankOf = (connection: string): Bank => {
    const list = client.getQueryData(institutionsQuery(connection).queryKey) ?? [];
    return entered[connection] ?? { institution: "", institution_name: list.length === 0 ? nameOf(connection) : "" };
  };
  return (
    <AskDialog
      title={t("outside.accounts.ask")}
      action={t("outside.accounts.make")}
      ways={ways}
      pending={ask.isPending}
      error={ask.error}
      onClose={onClose}
      onSubmit={(to) => {
        const bank = bankOf(to.connection_id);
        if (bank.institution_name.trim() === "") setMissing(true);
        else ask.mutate({ application_id: to.application_id, connection_id: to.connection_id, institution: bank.institution.trim(), institution_name: bank.institution_name.trim(), valid_until: until });
      }}
    >
      {(to) => (
        <>
          <BankField
            connection={to.connection_id}
            bank={bankOf(to.connection_id)}
            error={missing && bankOf(to.connection_id).institution_name.trim() === "" ? t("outside.accounts.bank_missing") : undefined}
            onChange={(bank) => setEntered({ ...entered, [to.connection_id]: bank })}
          />
          <TextInput type="date" label={t("outside.accounts.last_day")} description={t("outside.accounts.last_day_hint")} min={ahead(0)} max={most} value={until} onChange={(e) => setUntil(e.currentTarget.value)} />
        </>
      )}
    </AskDialog>
  );
}

type FieldProps = { connection: string; bank: Bank; error?: string; onChange: (bank: Bank) => void };

/** The bank: out of the connector's list, or by name where the connection leads to one. Without the list it is entered by hand. */
function BankField({ connection, bank, error, onChange }: FieldProps) {
  const { t } = useTranslation();
  const banks = useQuery(institutionsQuery(connection));
  const list = banks.data ?? [];
  if (banks.isPending) return <TextInput label={t("outside.accounts.bank")} description={t("outside.accounts.banks_come")} rightSection={<Loader size="xs" />} disabled />;
  if (list.length > 0)
    return (
      <Select
        label={t("outside.accounts.bank")}
        placeholder={t("outside.accounts.choose")}
        description={t("outside.accounts.banks", { count: list.length })}
        nothingFoundMessage={t("outside.accounts.no_bank")}
        data={list.map((b) => ({ value: b.id, label: b.bic ? `${b.name} · ${b.bic}` : b.name }))}
        searchable
        limit={50}
        error={error}
        value={bank.institution || null}
        onChange={(chosen) => onChange({ institution: chosen ?? "", institution_name: list.find((b) => b.id === chosen)?.name ?? "" })}
        data-autofocus
      />
    );
  return (
    <>
      <TextInput label={t("outside.accounts.bank")} value={bank.institution_name} error={error} onChange={(e) => onChange({ ...bank, institution_name: e.currentTarget.value })} data-autofocus />
      {banks.isError && (
        <>
          <TextInput label={t("outside.accounts.institution")} description={t("outside.accounts.institution_hint")} value={bank.institution} onChange={(e) => onChange({ ...bank, institution: e.currentTarget.value })} />
          <ProblemAlert error={banks.error} />
        </>
      )}
    </>
  );
}
