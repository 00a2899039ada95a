import { zodResolver } from "@hookform/resolvers/zod";
import { Button, Group, Modal, SegmentedControl, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { Controller, FormProvider, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Subject } from "~/api/types";
import { showAtFields } from "~/ui/form";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { IdentityFields } from "./IdentityFields";
import { dataOf, formOf, type SubjectForm, subjectShape } from "./subjectForm";

type Props = { opened: boolean; onClose: () => void; onMade: (subject: Subject) => void };

/** Adds a person or company with what is known at a first contact; the rest has its page. */
export function NewSubjectDialog({ opened, onClose, onMade }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("subjects.new")} size="lg" closeButtonProps={{ "aria-label": t("common.close") }}>
      {opened && <Body onClose={onClose} onMade={onMade} />}
    </Modal>
  );
}

function Body({ onClose, onMade }: Omit<Props, "opened">) {
  const { t } = useTranslation();
  const [left, setLeft] = useState<unknown>(null);
  const form = useForm<SubjectForm>({ defaultValues: formOf({ kind: "natural" }), resolver: zodResolver(subjectShape(t)) });
  const create = useSend<SubjectForm, Subject>({
    send: (values, once) => {
      const body = dataOf(values);
      return take(api.POST("/api/v1/subjects", { params: { header: once(body) }, body }));
    },
    touches: ["subjects"],
    onDone: onMade,
  });
  const submit = form.handleSubmit((values) => create.mutate(values, { onError: (error) => setLeft(showAtFields(error, form.setError, (path) => path in values)) }));
  const { errors } = form.formState;
  return (
    <FormProvider {...form}>
      <form noValidate onSubmit={(e) => void submit(e)}>
        <Stack gap="sm">
          <ProblemAlert error={left} />
          <Controller
            control={form.control}
            name="kind"
            render={({ field }) => (
              <SegmentedControl
                aria-label={t("subjects.kind")}
                value={field.value}
                onChange={field.onChange}
                data={[
                  { value: "natural", label: t("subjects.kinds.natural") },
                  { value: "legal", label: t("subjects.kinds.legal") },
                ]}
              />
            )}
          />
          <IdentityFields short />
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
            <TextInput type="email" label={t("subjects.email")} error={errors.email?.message} {...form.register("email")} />
            <TextInput type="tel" label={t("subjects.phone")} error={errors.phone?.message} {...form.register("phone")} />
          </SimpleGrid>
          <Group justify="flex-end" mt="xs">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={create.isPending}>
              {t("subjects.add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormProvider>
  );
}
