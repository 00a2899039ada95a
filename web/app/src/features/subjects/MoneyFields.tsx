import { Select, SimpleGrid, TextInput } from "@mantine/core";
import { Controller, type FieldPath, useFieldArray, useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { MoneyInput } from "~/ui/MoneyInput";
import { Rows } from "~/ui/Rows";
import { WordInput } from "~/ui/WordInput";
import { employmentKinds, freshEmployment, freshIncome, freshLiability, kinds, type SubjectForm } from "./subjectForm";

type Props = { disabled: boolean };

/** What somebody lives of. The first one decides which documents are asked for. */
export function Employments({ disabled }: Props) {
  const { t } = useTranslation();
  const { register, control } = useFormContext<SubjectForm>();
  const { fields, append, remove } = useFieldArray({ control, name: "employments" });
  return (
    <Rows ids={fields.map((f) => f.id)} empty={t("subjects.no_employment")} add={t("subjects.add_employment")} onAdd={() => append({ ...freshEmployment })} onRemove={remove} disabled={disabled}>
      {(i) => (
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <Controller
            control={control}
            name={`employments.${i}.kind`}
            render={({ field }) => (
              <Select label={t("subjects.employment_kind")} disabled={disabled} allowDeselect={false} data={employmentKinds.map((value) => ({ value, label: t(`subjects.employment.${value}`) }))} {...field} />
            )}
          />
          <TextInput label={t("subjects.employer")} disabled={disabled} {...register(`employments.${i}.employer`)} />
          <Kind name={`employments.${i}.contract`} label={t("subjects.contract")} of="contracts" disabled={disabled} />
          <TextInput type="date" label={t("subjects.since")} disabled={disabled} {...register(`employments.${i}.since`)} />
        </SimpleGrid>
      )}
    </Rows>
  );
}

export function Incomes({ disabled }: Props) {
  const { t } = useTranslation();
  const { register, control } = useFormContext<SubjectForm>();
  const { fields, append, remove } = useFieldArray({ control, name: "incomes" });
  return (
    <Rows ids={fields.map((f) => f.id)} empty={t("subjects.no_income")} add={t("subjects.add_income")} onAdd={() => append({ ...freshIncome })} onRemove={remove} disabled={disabled}>
      {(i) => (
        <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
          <Kind name={`incomes.${i}.kind`} label={t("subjects.income_kind")} of="incomes_of" disabled={disabled} />
          <TextInput label={t("subjects.income_source")} disabled={disabled} {...register(`incomes.${i}.source`)} />
          <Amount name={`incomes.${i}.net_monthly_cents`} label={t("subjects.net_monthly")} required disabled={disabled} />
        </SimpleGrid>
      )}
    </Rows>
  );
}

/** Instalments somebody already pays; they count in the instalment/income ratio of every file. */
export function Liabilities({ disabled }: Props) {
  const { t } = useTranslation();
  const { register, control } = useFormContext<SubjectForm>();
  const { fields, append, remove } = useFieldArray({ control, name: "liabilities" });
  return (
    <Rows ids={fields.map((f) => f.id)} empty={t("subjects.no_liability")} add={t("subjects.add_liability")} onAdd={() => append({ ...freshLiability })} onRemove={remove} disabled={disabled}>
      {(i) => (
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
          <Kind name={`liabilities.${i}.kind`} label={t("subjects.liability_kind")} of="liabilities_of" disabled={disabled} />
          <TextInput label={t("subjects.liability_lender")} disabled={disabled} {...register(`liabilities.${i}.lender`)} />
          <Amount name={`liabilities.${i}.monthly_cents`} label={t("subjects.monthly")} required disabled={disabled} />
          <Amount name={`liabilities.${i}.residual_cents`} label={t("subjects.residual")} disabled={disabled} />
          <TextInput type="date" label={t("subjects.ends_on")} disabled={disabled} {...register(`liabilities.${i}.ends_on`)} />
        </SimpleGrid>
      )}
    </Rows>
  );
}

/** What is usual, in words; anything else may be written. */
function Kind({ name, label, of, disabled }: { name: FieldPath<SubjectForm>; label: string; of: keyof typeof kinds; disabled: boolean }) {
  const { t } = useTranslation();
  const { control } = useFormContext<SubjectForm>();
  const words = Object.fromEntries(kinds[of].map((code) => [code, t(`subjects.${of}.${code}`)]));
  return <Controller control={control} name={name} render={({ field }) => <WordInput words={words} label={label} disabled={disabled} maxLength={50} {...field} value={String(field.value ?? "")} />} />;
}

function Amount({ name, label, required = false, disabled }: { name: FieldPath<SubjectForm>; label: string; required?: boolean; disabled: boolean }) {
  const { control } = useFormContext<SubjectForm>();
  return (
    <Controller
      control={control}
      name={name}
      render={({ field, fieldState }) => (
        <MoneyInput label={label} withAsterisk={required} disabled={disabled} error={fieldState.error?.message} value={field.value as number | null} onChange={field.onChange} onBlur={field.onBlur} ref={field.ref} />
      )}
    />
  );
}
