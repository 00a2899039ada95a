import { Radio, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Controller, useFieldArray, useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { rolesQuery } from "~/features/members/members";
import { useLanguage } from "~/ui/language";
import { Rows } from "~/ui/Rows";
import { newcomers, type ProviderForm } from "./federation";

/** What becomes of whoever comes by the provider for the first time and is no member yet. */
export function NewcomerFields({ disabled }: { disabled: boolean }) {
  const { t } = useTranslation();
  const { control, register, watch, clearErrors, formState } = useFormContext<ProviderForm>();
  const { fields, append, remove } = useFieldArray({ control, name: "role_map" });
  const { errors } = formState;
  const way = watch("newcomers");
  const add = () => {
    append({ value: "", role: "" });
    clearErrors("newcomers"); // it was that there was none
  };
  return (
    <Stack gap="md">
      <Controller
        control={control}
        name="newcomers"
        render={({ field }) => (
          <Radio.Group aria-label={t("federation.newcomers")} error={errors.newcomers?.message} {...field}>
            <Stack gap="xs">
              {newcomers.map((n) => (
                <Radio key={n} value={n} disabled={disabled} label={t(`federation.newcomer.${n}`)} description={t(`federation.newcomer_hint.${n}`)} />
              ))}
            </Stack>
          </Radio.Group>
        )}
      />
      {way === "role" && <OneRole name="first_role" label={t("federation.first_role")} disabled={disabled} error={errors.first_role?.message} />}
      {way === "claim" && (
        <>
          <TextInput label={t("federation.claim")} description={t("federation.claim_hint")} withAsterisk disabled={disabled} error={errors.role_claim?.message} {...register("role_claim")} />
          <Rows ids={fields.map((f) => f.id)} empty={t("federation.map_none")} add={t("federation.map_add")} onAdd={add} onRemove={remove} disabled={disabled}>
            {(i) => (
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
                <TextInput label={t("federation.map_value")} withAsterisk disabled={disabled} error={errors.role_map?.[i]?.value?.message} {...register(`role_map.${i}.value`)} />
                <OneRole name={`role_map.${i}.role`} label={t("federation.map_role")} disabled={disabled} error={errors.role_map?.[i]?.role?.message} />
              </SimpleGrid>
            )}
          </Rows>
        </>
      )}
    </Stack>
  );
}

type One = { name: "first_role" | `role_map.${number}.role`; label: string; disabled: boolean; error?: string };

function OneRole({ name, label, disabled, error }: One) {
  const { say } = useLanguage();
  const { control } = useFormContext<ProviderForm>();
  const roles = useQuery(rolesQuery);
  return (
    <Controller
      control={control}
      name={name}
      render={({ field }) => (
        <Select label={label} withAsterisk disabled={disabled} error={error} allowDeselect={false} data={(roles.data ?? []).map((r) => ({ value: r.key, label: say(r.title) }))} {...field} value={field.value || null} onChange={(v) => field.onChange(v ?? "")} />
      )}
    />
  );
}
