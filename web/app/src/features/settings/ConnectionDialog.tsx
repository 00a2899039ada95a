import { Checkbox, Select, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Connection, Connector, JsonSchema } from "~/api/types";
import { lendersQuery } from "~/features/lenders/lenders";
import { showAtFields } from "~/ui/form";
import { FormDialog } from "~/ui/FormDialog";
import { filled } from "~/ui/schema";
import { SchemaFields, type SchemaValues, useSchemaForm } from "~/ui/SchemaFields";

type Props = { connector: Connector; connection?: Connection; onClose: () => void };

const nothing: JsonSchema = { type: "object", properties: {} };

/** Connects a lender, or changes a connection. Settings are never read back, so a change of them is all of them. */
export function ConnectionDialog({ connector, connection, onClose }: Props) {
  const { t } = useTranslation();
  const lenders = useQuery(lendersQuery);
  const schema = connector.config_schema ?? nothing;
  const form = useSchemaForm(schema);
  const [name, setName] = useState(connection?.name ?? connector.title);
  const [lender, setLender] = useState<string | null>(connection?.lender_id ?? null);
  const [anew, setAnew] = useState(connection === undefined || connection.status === "stopped");
  const [asked, setAsked] = useState(false);
  const [left, setLeft] = useState<unknown>(null);
  const save = useSend<SchemaValues, Connection>({
    send: (values, once) => {
      const config = filled(values);
      if (connection) {
        const body = { name, ...(anew ? { config } : {}) };
        return take(api.PATCH("/api/v1/connections/{id}", { params: { path: { id: connection.id }, header: ifMatch(connection.version) }, body }));
      }
      const body = { connector: connector.name, lender_id: lender ?? "", name, config };
      return take(api.POST("/api/v1/connections", { params: { header: once(body) }, body }));
    },
    touches: ["connections", "lenders"],
    onDone: onClose,
  });
  const complete = name.trim() !== "" && lender !== null;
  const submit = () => {
    setAsked(true);
    if (!complete) return;
    const onError = (error: unknown) => setLeft(showAtFields(error, form.setError, (path) => path in form.getValues(), "config."));
    if (anew) void form.handleSubmit((values) => save.mutate(values, { onError }))();
    else save.mutate({}, { onError });
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={connection ? connection.name : t("connections.connect_through", { name: connector.title })}
      action={connection ? t("common.save") : t("connections.connect")}
      pending={save.isPending}
      error={save.error && left}
      onSubmit={submit}
    >
      {connection === undefined && (
        <Select
          label={t("connections.lender")}
          withAsterisk
          data-autofocus
          searchable
          data={(lenders.data ?? []).map((l) => ({ value: l.id, label: l.name }))}
          value={lender}
          onChange={setLender}
          error={asked && lender === null ? t("form.required") : undefined}
        />
      )}
      <TextInput label={t("settings.name")} withAsterisk maxLength={200} value={name} onChange={(e) => setName(e.currentTarget.value)} error={asked && name.trim() === "" ? t("form.required") : undefined} />
      {connection && <Checkbox label={t("connections.anew")} description={t("connections.anew_hint")} checked={anew} onChange={(e) => setAnew(e.currentTarget.checked)} />}
      {anew && <SchemaFields schema={schema} control={form.control} />}
      {anew && (
        <Text size="sm" c="dimmed">
          {t("connections.secrets_hint")}
        </Text>
      )}
    </FormDialog>
  );
}
