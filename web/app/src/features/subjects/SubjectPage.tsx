import { Badge, Grid, Group, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { OutsideCard } from "~/features/outside/OutsideCard";
import { PrivacyCard } from "~/features/privacy/PrivacyCard";
import { DateText } from "~/ui/DateText";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { DeleteSubject } from "./DeleteSubject";
import { RiskProfile } from "./RiskProfile";
import { SubjectEditor } from "./SubjectEditor";
import { SubjectFiles } from "./SubjectFiles";
import { subjectQuery } from "./subjects";

/** One person or company: the same record in every file they take part in. */
export function SubjectPage() {
  const { t } = useTranslation();
  const { can } = useSession();
  const { id } = useParams({ from: "/inside/subjects/$id" });
  const subject = useQuery(subjectQuery(id));
  return (
    <QueryView query={subject}>
      {(s) => (
        <>
          <PageHeader
            over={t(`subjects.kinds.${s.kind}`)}
            title={s.display_name}
            hint={
              <Group gap="sm">
                {(s.tax_code ?? s.vat_number) && <span>{s.tax_code ?? s.vat_number}</span>}
                {s.pep && <Badge color="ochre">{t("subjects.pep_badge")}</Badge>}
                <span>
                  {t("subjects.changed")} <DateText at={s.updated_at} />
                </span>
              </Group>
            }
            actions={can("subjects.delete") && <DeleteSubject subject={s} />}
          />
          <Grid gap="md">
            <Grid.Col span={{ base: 12, lg: 8 }}>
              <SubjectEditor key={s.id} subject={s} editable={can("subjects.write")} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, lg: 4 }}>
              <Stack gap="md">
                <SubjectFiles id={s.id} />
                <OutsideCard subject={s} />
                <RiskProfile subject={s} editable={can("subjects.assess")} />
                <PrivacyCard subject={s} />
              </Stack>
            </Grid.Col>
          </Grid>
        </>
      )}
    </QueryView>
  );
}
