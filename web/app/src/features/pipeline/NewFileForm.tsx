import { zodResolver } from "@hookform/resolvers/zod";
import { Button, Group, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { SubjectPicker } from "~/features/subjects/SubjectPicker";
import { useOptions } from "~/ui/enums";
import { MoneyInput, PercentInput } from "~/ui/MoneyInput";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { freshFile, type NewFile, newFileShape } from "./newFile";

type Props = { error: unknown; pending: boolean; onSubmit: (values: NewFile) => void; onCancel: () => void };

export function NewFileForm({ error, pending, onSubmit, onCancel }: Props) {
  const { t } = useTranslation();
  const form = useForm<NewFile>({ defaultValues: freshFile(), resolver: zodResolver(newFileShape(t)) });
  const { errors } = form.formState;
  const choice = (name: "purpose" | "product_kind" | "rate_kind", label: string, data: { value: string; label: string }[]) => (
    <Controller control={form.control} name={name} render={({ field }) => <Select label={label} data={data} allowDeselect={false} {...field} />} />
  );
  const purposes = useOptions("purpose");
  const products = useOptions("product");
  const rates = useOptions("rate");
  return (
    <form noValidate onSubmit={(e) => void form.handleSubmit(onSubmit)(e)}>
      <Stack gap="sm">
        <ProblemAlert error={error} />
        <Controller
          control={form.control}
          name="subject"
          render={({ field }) => (
            <SubjectPicker label={t("pipeline.applicant")} description={t("pipeline.applicant_hint")} data-autofocus value={field.value} onChange={field.onChange} />
          )}
        />
        <TextInput label={t("pipeline.file_title")} description={t("pipeline.file_title_hint")} error={errors.title?.message} {...form.register("title")} />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          {choice("purpose", t("pipeline.purpose"), purposes)}
          {choice("product_kind", t("pipeline.product"), products)}
          <Controller
            control={form.control}
            name="amount_cents"
            render={({ field: { ref, ...field } }) => <MoneyInput label={t("pipeline.amount")} withAsterisk error={errors.amount_cents?.message} ref={ref} {...field} />}
          />
          <TextInput type="number" min={1} max={50} step={1} label={t("pipeline.years")} error={errors.years?.message} {...form.register("years", { valueAsNumber: true })} />
          {choice("rate_kind", t("pipeline.rate_kind"), rates)}
          <Controller
            control={form.control}
            name="nominal_rate_bps"
            render={({ field: { ref, ...field } }) => <PercentInput label={t("pipeline.rate")} error={errors.nominal_rate_bps?.message} ref={ref} {...field} />}
          />
          <TextInput type="date" label={t("pipeline.planned")} error={errors.planned_submission?.message} {...form.register("planned_submission")} />
        </SimpleGrid>
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onCancel}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" loading={pending}>
            {t("pipeline.open_file")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
