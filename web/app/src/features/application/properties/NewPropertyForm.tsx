import { zodResolver } from "@hookform/resolvers/zod";
import { Button, Group, Stack } from "@mantine/core";
import { useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { PropertyData } from "~/api/types";
import { BaseFields } from "~/features/properties/PropertyFields";
import { dataOf, formOf, type PropertyForm, propertyShape } from "~/features/properties/propertyForm";
import { showAtFields } from "~/ui/form";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { useChange } from "../useChange";

type Props = { pending: boolean; error: unknown; onCancel: () => void; onMade: (id: string) => void };

/** A new property: what it is, where, and its price; the rest is on its own page. */
export function NewPropertyForm({ pending, error, onCancel, onMade }: Props) {
  const { t } = useTranslation();
  const form = useForm<PropertyForm>({ defaultValues: formOf({}), resolver: zodResolver(propertyShape(t)) });
  const [left, setLeft] = useState<unknown>(null);
  const [made, setMade] = useState<string | null>(null);
  const make = useChange({
    send: (body: PropertyData, once) => take(api.POST("/api/v1/properties", { params: { header: once(body) }, body })),
    touches: ["properties"],
    onDone: ({ id }) => {
      setMade(id); // made is made: if the link is refused, only the link is tried again
      onMade(id);
    },
    onProblem: (problem) => setLeft(showAtFields(problem, form.setError, (path) => path.split(".")[0]! in form.getValues())),
  });
  return (
    <FormProvider {...form}>
      <form noValidate onSubmit={(e) => void form.handleSubmit((values) => (made ? onMade(made) : make.run(dataOf(values))))(e)}>
        <Stack gap="md">
          <BaseFields />
          <ProblemAlert error={make.error ? left : error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onCancel}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={make.pending || pending}>
              {t("application.properties.make_and_add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormProvider>
  );
}
