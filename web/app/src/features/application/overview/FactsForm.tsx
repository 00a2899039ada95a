import { Button, Group, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { day } from "~/ui/format";
import { useLanguage } from "~/ui/language";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { SchemaFields, useSchemaForm } from "~/ui/SchemaFields";
import { useFile } from "../FileContext";
import type { Fact } from "../types";
import { useChange } from "../useChange";
import { useRoles } from "../words";
import { changedFacts, schemaOf } from "./facts";

/** The form of the facts a person may set. */
export function FactsForm({ facts, version }: { facts: Fact[]; version: number }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const { file } = useFile();
  const roles = useRoles();
  const hint = (f: Fact) =>
    f.missing || !f.at ? t("application.facts.of", { role: roles.title(f.owner) }) : t("application.facts.set", { role: roles.title(f.owner), name: f.actor?.name || f.source || "", day: day(f.at, language) });
  const schema = schemaOf(facts, hint);
  const form = useSchemaForm(schema);
  const [nothing, setNothing] = useState(false);
  const change = useChange({
    send: (body: Record<string, unknown>) => take(api.PATCH("/api/v1/applications/{id}/facts", { params: { path: { id: file.id }, header: ifMatch(version) }, body })),
    touches: ["applications"],
  });
  const submit = form.handleSubmit((values) => {
    const body = changedFacts(facts, values);
    setNothing(Object.keys(body).length === 0);
    if (Object.keys(body).length > 0) change.run(body);
  });
  return (
    <form noValidate onSubmit={(e) => void submit(e)}>
      <Stack gap="sm">
        <SchemaFields schema={schema} control={form.control} />
        <ProblemAlert error={change.error} application={file.id} />
        <Group justify="flex-end">
          {nothing && <span role="status">{t("application.facts.nothing")}</span>}
          <Button type="submit" variant="default" loading={change.pending}>
            {t("application.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
