import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { looking } from "~/features/support/support";
import { TextLink } from "~/ui/links";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import { useLanding } from "../landing";
import { ratiosQuery } from "../queries";
import { DtiWorking } from "./DtiWorking";
import { InstalmentWorking } from "./InstalmentWorking";
import { LtvWorking } from "./LtvWorking";
import overview from "./overview.module.css";

/** The ratios with their working: every input is there to be checked. */
export function RatiosSection() {
  const { t } = useTranslation();
  const { file, editable } = useFile();
  const { edit } = useSearch({ from: "/inside/applications/$id" });
  const veiled = looking(useSession().me); // it is made of incomes and debts
  const ratios = useQuery({ ...ratiosQuery(file.id), enabled: !veiled });
  const landing = useLanding<HTMLDivElement>(edit === "ratios" && ratios.isSuccess);
  return (
    <div {...landing}>
      <Section
        title={t("application.ratios.title")}
        id="ratios"
        actions={
          editable && (
            <TextLink to="/applications/$id" params={{ id: file.id }} search={{ tab: "overview", edit: "application" }} resetScroll={false} size="sm">
              {t("application.asked.edit")}
            </TextLink>
          )
        }
      >
        {veiled ? (
          <Text c="dimmed">{t("support.not_shown")}</Text>
        ) : (
          <QueryView query={ratios}>
            {(r) => (
              <Stack gap="xl">
                <div className={overview.pair}>
                  <LtvWorking ltv={r.ltv} />
                  <InstalmentWorking of={r.instalment} />
                </div>
                <DtiWorking dti={r.dti} />
              </Stack>
            )}
          </QueryView>
        )}
      </Section>
    </div>
  );
}
