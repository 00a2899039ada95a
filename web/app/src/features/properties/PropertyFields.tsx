import { Select, SimpleGrid, Text, TextInput } from "@mantine/core";
import { Controller, useFieldArray, useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { today } from "~/ui/format";
import { MoneyInput } from "~/ui/MoneyInput";
import { Rows } from "~/ui/Rows";
import { freshAppraisal, type PropertyForm, propertyKinds } from "./propertyForm";

type Props = { disabled?: boolean };

/** What the property is, where, and its price. */
export function BaseFields({ disabled = false }: Props) {
  const { t } = useTranslation();
  const { register, control, formState } = useFormContext<PropertyForm>();
  const { errors } = formState;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      <Controller
        control={control}
        name="kind"
        render={({ field }) => (
          <Select label={t("properties.kind")} disabled={disabled} allowDeselect={false} data={propertyKinds.map((value) => ({ value, label: t(`properties.kinds.${value}`) }))} {...field} />
        )}
      />
      <Controller
        control={control}
        name="price_cents"
        render={({ field }) => <MoneyInput label={t("properties.price")} disabled={disabled} error={errors.price_cents?.message} value={field.value} onChange={field.onChange} onBlur={field.onBlur} ref={field.ref} />}
      />
      <TextInput label={t("properties.street")} withAsterisk disabled={disabled} error={errors.address?.street?.message} {...register("address.street")} />
      <TextInput label={t("properties.city")} withAsterisk disabled={disabled} error={errors.address?.city?.message} {...register("address.city")} />
      <TextInput label={t("properties.province")} withAsterisk maxLength={2} disabled={disabled} error={errors.address?.province?.message} {...register("address.province")} />
      <TextInput label={t("properties.postal_code")} withAsterisk inputMode="numeric" maxLength={5} disabled={disabled} error={errors.address?.postal_code?.message} {...register("address.postal_code")} />
      <TextInput
        type="number"
        min={1}
        label={t("properties.area_m2")}
        disabled={disabled}
        error={errors.area_sqm?.message}
        {...register("area_sqm", { setValueAs: (v: unknown) => (v === "" || v === null ? null : Number(v)) })}
      />
      <TextInput label={t("properties.energy")} maxLength={3} disabled={disabled} error={errors.energy_class?.message} {...register("energy_class")} />
    </SimpleGrid>
  );
}

/** Where the land registry has it. */
export function CadastralFields({ disabled = false }: Props) {
  const { t } = useTranslation();
  const { register } = useFormContext<PropertyForm>();
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm">
      {(["sheet", "parcel", "subunit", "category"] as const).map((name) => (
        <TextInput key={name} label={t(`properties.${name}`)} disabled={disabled} {...register(`cadastral.${name}`)} />
      ))}
    </SimpleGrid>
  );
}

export function AppraisalFields({ disabled = false }: Props) {
  const { t } = useTranslation();
  const { register, control, formState } = useFormContext<PropertyForm>();
  const { fields, append, remove } = useFieldArray({ control, name: "appraisals" });
  const errors = formState.errors.appraisals;
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm">
        {t("properties.appraisals_hint")}
      </Text>
      <Rows ids={fields.map((f) => f.id)} empty={t("properties.no_appraisal")} add={t("properties.add_appraisal")} onAdd={() => append(freshAppraisal(today()))} onRemove={remove} disabled={disabled}>
        {(i) => (
          <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
            <Controller
              control={control}
              name={`appraisals.${i}.value_cents`}
              render={({ field, fieldState }) => (
                <MoneyInput label={t("properties.value")} withAsterisk disabled={disabled} error={fieldState.error?.message} value={field.value} onChange={field.onChange} onBlur={field.onBlur} ref={field.ref} />
              )}
            />
            <TextInput type="date" label={t("properties.appraised_on")} withAsterisk disabled={disabled} error={errors?.[i]?.appraised_on?.message} {...register(`appraisals.${i}.appraised_on`)} />
            <TextInput label={t("properties.appraiser")} disabled={disabled} {...register(`appraisals.${i}.appraiser`)} />
          </SimpleGrid>
        )}
      </Rows>
    </>
  );
}
