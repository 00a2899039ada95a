import { Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { Controller, useFieldArray, useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { looking } from "~/features/support/support";
import { Rows } from "~/ui/Rows";
import { addressKinds, freshAddress, type SubjectForm } from "./subjectForm";

/** How to reach somebody and where they live or are registered. */
export function ContactFields({ disabled = false }: { disabled?: boolean }) {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<SubjectForm>();
  const { errors } = formState;
  const { me } = useSession();
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput type="email" label={t("subjects.email")} disabled={disabled} error={errors.email?.message} {...register("email")} />
        <TextInput type="tel" label={t("subjects.phone")} disabled={disabled} error={errors.phone?.message} {...register("phone")} />
        <TextInput label="IBAN" description={looking(me) ? t("support.not_shown") : undefined} disabled={disabled} error={errors.iban?.message} {...register("iban")} />
      </SimpleGrid>
      <Addresses disabled={disabled} />
    </Stack>
  );
}

function Addresses({ disabled }: { disabled: boolean }) {
  const { t } = useTranslation();
  const { register, control, formState } = useFormContext<SubjectForm>();
  const { fields, append, remove } = useFieldArray({ control, name: "addresses" });
  const errors = formState.errors.addresses;
  return (
    <Rows ids={fields.map((f) => f.id)} empty={t("subjects.no_address")} add={t("subjects.add_address")} onAdd={() => append({ ...freshAddress })} onRemove={remove} disabled={disabled}>
      {(i) => (
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
          <Controller
            control={control}
            name={`addresses.${i}.kind`}
            render={({ field }) => (
              <Select label={t("subjects.address_kind")} disabled={disabled} allowDeselect={false} data={addressKinds.map((value) => ({ value, label: t(`subjects.address.${value}`) }))} {...field} />
            )}
          />
          <TextInput label={t("subjects.street")} withAsterisk disabled={disabled} error={errors?.[i]?.street?.message} {...register(`addresses.${i}.street`)} />
          <TextInput label={t("subjects.city")} withAsterisk disabled={disabled} error={errors?.[i]?.city?.message} {...register(`addresses.${i}.city`)} />
          <TextInput label={t("subjects.province")} maxLength={2} disabled={disabled} {...register(`addresses.${i}.province`)} />
          <TextInput label={t("subjects.postal_code")} disabled={disabled} {...register(`addresses.${i}.postal_code`)} />
          <TextInput label={t("subjects.country")} maxLength={2} disabled={disabled} {...register(`addresses.${i}.country`)} />
        </SimpleGrid>
      )}
    </Rows>
  );
}
