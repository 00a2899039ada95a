import { Button, Group, Modal, SegmentedControl, Select, SimpleGrid, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { components } from "~/api/schema";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { useFile } from "../FileContext";
import { useChange } from "../useChange";
import { lienRanks } from "./LienRank";
import { NewPropertyForm } from "./NewPropertyForm";
import { PropertyPicker } from "./PropertyPicker";

type Props = { opened: boolean; onClose: () => void };
type Body = components["schemas"]["CollateralBodyBody"];

const purposes = ["purchased", "mortgaged", "sold", "annex"] as const;

/** Links a property for a purpose: one the agency knows already, or a new one. */
export function AddPropertyDialog({ opened, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("application.properties.add")} size="lg" closeButtonProps={{ "aria-label": t("common.close") }}>
      <AddProperty onClose={onClose} />
    </Modal>
  );
}

function AddProperty({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { file } = useFile();
  const [purpose, setPurpose] = useState<Body["purpose"]>("mortgaged");
  const [rank, setRank] = useState("1");
  const [how, setHow] = useState<"existing" | "new">("existing");
  const [chosen, setChosen] = useState<string | null>(null);
  const add = useChange({
    send: (body: Body, once) => take(api.POST("/api/v1/applications/{id}/properties", { params: { path: { id: file.id }, header: { ...once(body) } }, body })),
    onDone: onClose,
  });
  const link = (property: string) => add.run({ property_id: property, purpose, ...(purpose === "mortgaged" ? { lien_rank: Number(rank) } : {}) });
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Select
          label={t("application.properties.for")}
          data={purposes.map((value) => ({ value, label: t(`application.properties.purpose.${value}`) }))}
          allowDeselect={false}
          value={purpose}
          onChange={(v) => v && setPurpose(v)}
        />
        {purpose === "mortgaged" && (
          <Select
            label={t("application.properties.lien")}
            data={lienRanks.map((value) => ({ value, label: t("application.properties.lien_rank", { rank: value }) }))}
            allowDeselect={false}
            value={rank}
            onChange={(v) => v && setRank(v)}
          />
        )}
      </SimpleGrid>
      <SegmentedControl
        value={how}
        onChange={(v) => setHow(v as typeof how)}
        aria-label={t("application.properties.which")}
        data={[
          { value: "existing", label: t("application.properties.existing") },
          { value: "new", label: t("application.properties.new") },
        ]}
      />
      {how === "existing" ? (
        <form
          noValidate
          onSubmit={(e) => {
            e.preventDefault();
            if (chosen) link(chosen);
          }}
        >
          <Stack gap="md">
            <PropertyPicker label={t("application.properties.search")} data-autofocus value={chosen} onChange={setChosen} />
            <ProblemAlert error={add.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t("common.cancel")}
              </Button>
              <Button type="submit" loading={add.pending} disabled={!chosen}>
                {t("application.properties.add")}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <NewPropertyForm pending={add.pending} error={add.error} onCancel={onClose} onMade={link} />
      )}
    </Stack>
  );
}
