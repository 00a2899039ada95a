import { Select, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Connection, ConnectionDetail, Connector, JsonSchema } from "~/api/types";
import { reachesLenders } from "~/features/connections/capabilities";
import { connectionQuery } from "~/features/connections/connections";
import { titleOf } from "~/features/connections/title";
import { changes, editSchema } from "~/features/connections/settings";
import { lendersQuery } from "~/features/lenders/lenders";
import { showAtFields } from "~/ui/form";
import { FormDialog } from "~/ui/FormDialog";
import { useLanguage } from "~/ui/language";
import { QueryView } from "~/ui/QueryView";
import { filled } from "~/ui/schema";
import { SchemaFields, type SchemaValues, useSchemaForm } from "~/ui/SchemaFields";

type Props = { connector: Connector; onClose: () => void; /** The setting to mend. */ field?: string };

const nothing: JsonSchema = { type: "object", properties: {} };

/** Connects a lender or whoever tells of people, or changes a connection: its settings are there again, but for the secrets. */
export function ConnectionDialog({ connection, ...props }: Props & { connection?: Connection }) {
  return connection ? <Edit id={connection.id} {...props} /> : <ConnectionForm {...props} />;
}

function Edit({ id, ...props }: Props & { id: string }) {
  const detail = useQuery(connectionQuery(id));
  return <QueryView query={detail}>{(d) => <ConnectionForm key={d.version} detail={d} {...props} />}</QueryView>;
}

function ConnectionForm({ connector, detail, field, onClose }: Props & { detail?: ConnectionDetail }) {
  const { t, i18n } = useTranslation();
  const { say } = useLanguage();
  const title = titleOf(connector, say);
  const lenders = useQuery(lendersQuery);
  const kept = { en: i18n.getFixedT("en")("connections.kept"), it: i18n.getFixedT("it")("connections.kept") };
  const schema = editSchema(connector.config_schema ?? nothing, detail?.secrets ?? [], kept);
  const form = useSchemaForm(schema, detail?.settings as SchemaValues | undefined);
  const [name, setName] = useState(detail?.name ?? title);
  const [lender, setLender] = useState<string | null>(detail?.lender_id ?? null);
  const [asked, setAsked] = useState(false);
  const [left, setLeft] = useState<unknown>(null);
  const { setFocus } = form;
  useEffect(() => {
    if (field) setTimeout(() => setFocus(field), 0); // after the dialog has taken the focus
  }, [field, setFocus]);
  const save = useSend<SchemaValues, unknown>({
    send: (values, once) => {
      if (detail) {
        const config = changes(values, detail);
        const body = { name, ...(Object.keys(config).length > 0 ? { config } : {}) };
        return take(api.PATCH("/api/v1/connections/{id}", { params: { path: { id: detail.id }, header: ifMatch(detail.version) }, body }));
      }
      const body = { connector: connector.name, lender_id: lender ?? "", name, config: filled(values) };
      return take(api.POST("/api/v1/connections", { params: { header: once(body) }, body }));
    },
    touches: ["connections", "lenders"],
    onDone: onClose,
  });
  const asksLender = detail === undefined && reachesLenders(connector);
  const complete = name.trim() !== "" && (lender !== null || !asksLender);
  const submit = () => {
    setAsked(true);
    if (!complete) return;
    const onError = (error: unknown) => setLeft(showAtFields(error, form.setError, (path) => path in form.getValues(), "config."));
    void form.handleSubmit((values) => save.mutate(values, { onError }))();
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={detail ? detail.name : t("connections.connect_through", { name: title })}
      action={detail ? t("common.save") : t("connections.connect")}
      pending={save.isPending}
      error={save.error && left}
      onSubmit={submit}
    >
      {asksLender && (
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
      <TextInput label={t("settings.name")} withAsterisk maxLength={200} data-autofocus={asksLender ? undefined : true} value={name} onChange={(e) => setName(e.currentTarget.value)} error={asked && name.trim() === "" ? t("form.required") : undefined} />
      <SchemaFields schema={schema} control={form.control} />
      <Text size="sm" c="dimmed">
        {t(detail ? "connections.edit_hint" : "connections.secrets_hint")}
      </Text>
    </FormDialog>
  );
}
