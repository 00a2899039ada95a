import { zodResolver } from "@hookform/resolvers/zod";
import { Button, Group, SegmentedControl, Select, SimpleGrid, Stack } from "@mantine/core";
import { useState } from "react";
import { Controller, FormProvider, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { SubjectData } from "~/api/types";
import { IdentityFields } from "~/features/subjects/IdentityFields";
import { dataOf, employmentKinds, formOf, freshEmployment, freshIncome, type SubjectForm, subjectShape } from "~/features/subjects/subjectForm";
import { showAtFields } from "~/ui/form";
import { MoneyInput } from "~/ui/MoneyInput";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { useChange } from "../useChange";

type Props = { pending: boolean; error: unknown; onCancel: () => void; onMade: (id: string) => void };
type Work = { kind: (typeof employmentKinds)[number]; income: number | null };

/** A new person or company, with as much as the file needs to go on: who they are, what they live of, how much it is. */
export function NewSubjectForm({ pending, error, onCancel, onMade }: Props) {
  const { t } = useTranslation();
  const form = useForm<SubjectForm>({ defaultValues: formOf({ kind: "natural" }), resolver: zodResolver(subjectShape(t)) });
  const [work, setWork] = useState<Work>({ kind: "employee", income: null });
  const [left, setLeft] = useState<unknown>(null);
  const [made, setMade] = useState<string | null>(null);
  const make = useChange({
    send: (body: SubjectData, once) => take(api.POST("/api/v1/subjects", { params: { header: once(body) }, body })),
    touches: ["subjects"],
    onDone: ({ id }) => {
      setMade(id); // made is made: if the role is refused, only the role is tried again
      onMade(id);
    },
    onProblem: (problem) => setLeft(showAtFields(problem, form.setError, (path) => path in form.getValues())),
  });
  const natural = form.watch("kind") === "natural";
  const unreadable = Number.isNaN(work.income);
  const submit = form.handleSubmit((values) => {
    if (made) return onMade(made);
    if (unreadable) return;
    const employments = natural ? [{ ...freshEmployment, kind: work.kind }] : [];
    const incomes = natural && work.income ? [{ ...freshIncome, net_monthly_cents: work.income }] : [];
    make.run(dataOf({ ...values, employments, incomes }));
  });
  return (
    <FormProvider {...form}>
      <form noValidate onSubmit={(e) => void submit(e)}>
        <Stack gap="md">
          <Controller
            control={form.control}
            name="kind"
            render={({ field }) => (
              <SegmentedControl
                value={field.value}
                onChange={field.onChange}
                aria-label={t("subjects.kind")}
                data={[
                  { value: "natural", label: t("subjects.kinds.natural") },
                  { value: "legal", label: t("subjects.kinds.legal") },
                ]}
              />
            )}
          />
          <IdentityFields short />
          {natural && (
            <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
              <Select
                label={t("subjects.employment_kind")}
                data={employmentKinds.map((value) => ({ value, label: t(`subjects.employment.${value}`) }))}
                allowDeselect={false}
                value={work.kind}
                onChange={(kind) => kind && setWork({ ...work, kind })}
              />
              <MoneyInput label={t("subjects.net_monthly")} value={work.income} onChange={(income) => setWork({ ...work, income })} error={unreadable ? t("form.amount") : undefined} />
            </SimpleGrid>
          )}
          <ProblemAlert error={make.error ? left : error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onCancel}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={make.pending || pending}>
              {t("application.parties.make_and_add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormProvider>
  );
}
