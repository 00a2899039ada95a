import { Select, SimpleGrid, Stack, Textarea, TextInput } from "@mantine/core";
import { Controller, useFieldArray, useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Rows } from "~/ui/Rows";
import { freshIdentityDocument, identityDocumentKinds, type SubjectForm } from "./subjectForm";

type Props = { disabled: boolean };

/** The documents that show who somebody is. */
export function IdentityDocuments({ disabled }: Props) {
  const { t } = useTranslation();
  const { register, control, formState } = useFormContext<SubjectForm>();
  const { fields, append, remove } = useFieldArray({ control, name: "identity_documents" });
  const errors = formState.errors.identity_documents;
  const at = (i: number) => `identity_documents.${i}` as const;
  return (
    <Rows ids={fields.map((f) => f.id)} empty={t("subjects.no_identity_document")} add={t("subjects.add_identity_document")} onAdd={() => append({ ...freshIdentityDocument })} onRemove={remove} disabled={disabled}>
      {(i) => (
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
          <Controller
            control={control}
            name={`${at(i)}.kind`}
            render={({ field }) => (
              <Select label={t("subjects.document_kind")} disabled={disabled} allowDeselect={false} data={identityDocumentKinds.map((value) => ({ value, label: t(`subjects.identity_document.${value}`) }))} {...field} />
            )}
          />
          <TextInput label={t("subjects.document_number")} withAsterisk maxLength={40} disabled={disabled} error={errors?.[i]?.number?.message} {...register(`${at(i)}.number`)} />
          <TextInput label={t("subjects.issued_by")} maxLength={100} disabled={disabled} {...register(`${at(i)}.issued_by`)} />
          <TextInput type="date" label={t("subjects.issued_on")} disabled={disabled} {...register(`${at(i)}.issued_on`)} />
          <TextInput type="date" label={t("subjects.expires_on")} disabled={disabled} {...register(`${at(i)}.expires_on`)} />
        </SimpleGrid>
      )}
    </Rows>
  );
}

/** What somebody said or showed about their health or legal situation, with the day. */
export function Remark({ of, disabled }: Props & { of: "health" | "legal" }) {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<SubjectForm>();
  const errors = formState.errors[of];
  return (
    <Stack gap="sm">
      <Textarea label={t(`subjects.${of}_text`)} description={t(`subjects.${of}_hint`)} autosize minRows={2} maxRows={12} maxLength={4000} disabled={disabled} error={errors?.text?.message} {...register(`${of}.text`)} />
      <TextInput type="date" label={t("subjects.remark_on")} maw={220} disabled={disabled} error={errors?.on?.message} {...register(`${of}.on`)} />
    </Stack>
  );
}
