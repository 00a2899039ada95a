import { zodResolver } from "@hookform/resolvers/zod";
import { Alert, List, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconInfoCircle } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { keys } from "~/api/keys";
import { useSend } from "~/api/useSend";
import type { Subject } from "~/api/types";
import { showAtFields } from "~/ui/form";
import { patchOf } from "~/ui/patch";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { SaveBar } from "~/ui/SaveBar";
import { Section } from "~/ui/Section";
import { useFollow } from "~/ui/useFollow";
import { ContactFields } from "./ContactFields";
import { IdentityFields } from "./IdentityFields";
import { MaskedGroup } from "./MaskedGroup";
import { Employments, Incomes, Liabilities } from "./MoneyFields";
import { IdentityDocuments, Remark } from "./SensitiveFields";
import { dataOf, formOf, type SubjectForm, subjectShape } from "./subjectForm";

/** The whole record as one form; only what changed is sent. */
export function SubjectEditor({ subject, editable }: { subject: Subject; editable: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const start = useMemo(() => formOf(subject), [subject]);
  const [left, setLeft] = useState<unknown>(null);
  const form = useForm<SubjectForm>({ defaultValues: start, resolver: zodResolver(subjectShape(t)) });
  const { isDirty } = form.formState;
  useFollow(form, start);
  const save = useSend<SubjectForm, Subject>({
    send: (values) =>
      take(
        api.PATCH("/api/v1/subjects/{id}", {
          params: { path: { id: subject.id }, header: ifMatch(subject.version) },
          body: patchOf({ ...dataOf(formOf(subject)) }, { ...dataOf(values) }),
        }),
      ),
    touches: ["applications", "documents"],
    onDone: (saved) => {
      client.setQueryData(keys.one("subjects", subject.id), saved);
      form.reset(formOf(saved));
      setLeft(null);
      notifications.show({ message: t("form.saved"), color: "moss" });
    },
  });
  const submit = form.handleSubmit((values) =>
    save.mutate(values, {
      onError: (error) => {
        if (error.stale) void client.invalidateQueries({ queryKey: keys.one("subjects", subject.id) });
        setLeft(error.stale ? null : showAtFields(error, form.setError, (path) => path.split(".")[0]! in values));
      },
    }),
  );
  const natural = subject.kind === "natural";
  const warnings = subject.warnings ?? [];
  return (
    <FormProvider {...form}>
      <form noValidate onSubmit={(e) => void submit(e)}>
        <Stack gap="md" pb={isDirty ? 64 : 0}>
          <ProblemAlert error={left} />
          {warnings.length > 0 && (
            <Alert color="ochre" icon={<IconInfoCircle aria-hidden />} title={t("subjects.warnings")}>
              <List size="sm">
                {warnings.map((w) => (
                  <List.Item key={w.code}>{t(`subjects.warning.${w.code.replace("tax_code.", "")}`, { defaultValue: w.message })}</List.Item>
                ))}
              </List>
            </Alert>
          )}
          <Section title={t("subjects.identity")}>
            <IdentityFields disabled={!editable} />
          </Section>
          <Section title={t("subjects.contacts")}>
            <ContactFields disabled={!editable} />
          </Section>
          {natural && (
            <>
              <Section title={t("subjects.employments")}>
                <MaskedGroup subject={subject} group="employments">
                  <Employments disabled={!editable} />
                </MaskedGroup>
              </Section>
              <Section title={t("subjects.incomes")}>
                <MaskedGroup subject={subject} group="incomes">
                  <Incomes disabled={!editable} />
                </MaskedGroup>
              </Section>
            </>
          )}
          <Section title={t("subjects.liabilities")}>
            <MaskedGroup subject={subject} group="liabilities">
              <Liabilities disabled={!editable} />
            </MaskedGroup>
          </Section>
          {natural && (
            <>
              <Section title={t("subjects.identity_documents")}>
                <MaskedGroup subject={subject} group="identity_documents">
                  <IdentityDocuments disabled={!editable} />
                </MaskedGroup>
              </Section>
              <Section title={t("subjects.health")}>
                <MaskedGroup subject={subject} group="health">
                  <Remark of="health" disabled={!editable} />
                </MaskedGroup>
              </Section>
            </>
          )}
          <Section title={t("subjects.legal")}>
            <MaskedGroup subject={subject} group="legal">
              <Remark of="legal" disabled={!editable} />
            </MaskedGroup>
          </Section>
        </Stack>
        <SaveBar dirty={isDirty && editable} pending={save.isPending} onReset={() => form.reset(start)} />
      </form>
    </FormProvider>
  );
}
