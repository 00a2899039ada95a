import { Select, SimpleGrid, Switch, TextInput } from "@mantine/core";
import { Controller, useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { maritalStatuses, type SubjectForm } from "./subjectForm";

/** Who a person or company is. */
export function IdentityFields({ disabled = false, short = false }: { disabled?: boolean; short?: boolean }) {
  const { t } = useTranslation();
  const { register, watch, control, formState } = useFormContext<SubjectForm>();
  const { errors } = formState;
  const natural = watch("kind") === "natural";
  const text = (name: "first_name" | "last_name" | "company_name" | "tax_code" | "vat_number" | "birth_place" | "citizenship", required = false) => (
    <TextInput label={t(`subjects.${name}`)} data-autofocus={(short && name === "last_name") || undefined} withAsterisk={required} disabled={disabled} error={errors[name]?.message} {...register(name)} />
  );
  if (!natural) {
    return (
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {text("company_name", true)}
        {text("vat_number")}
        {text("tax_code")}
      </SimpleGrid>
    );
  }
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      {text("last_name", true)}
      {text("first_name", true)}
      {text("tax_code")}
      <TextInput type="date" label={t("subjects.birth_date")} disabled={disabled} error={errors.birth_date?.message} {...register("birth_date")} />
      {!short && (
        <>
          {text("birth_place")}
          <Controller
            control={control}
            name="sex"
            render={({ field }) => (
              <Select
                label={t("subjects.sex")}
                disabled={disabled}
                clearable
                data={[
                  { value: "F", label: t("subjects.sexes.F") },
                  { value: "M", label: t("subjects.sexes.M") },
                ]}
                {...field}
                value={field.value || null}
                onChange={(v) => field.onChange(v ?? "")}
              />
            )}
          />
          <Controller
            control={control}
            name="marital_status"
            render={({ field }) => (
              <Select
                label={t("subjects.marital_status")}
                disabled={disabled}
                clearable
                data={maritalStatuses.map((value) => ({ value, label: t(`subjects.marital.${value}`) }))}
                {...field}
                value={field.value || null}
                onChange={(v) => field.onChange(v ?? "")}
              />
            )}
          />
          {text("citizenship")}
          {text("vat_number")}
          <Switch mt={28} label={t("subjects.pep")} description={t("subjects.pep_hint")} disabled={disabled} {...register("pep")} />
        </>
      )}
    </SimpleGrid>
  );
}
