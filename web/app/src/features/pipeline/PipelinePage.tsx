import { Button, SegmentedControl } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { PageHeader } from "~/ui/PageHeader";
import { BoardView } from "./BoardView";
import { ListView } from "./ListView";
import { NewFileDialog } from "./NewFileDialog";

/** Every file of the agency, by state or as a list. */
export function PipelinePage() {
  const { t } = useTranslation();
  const { can } = useSession();
  const search = useSearch({ from: "/inside/pipeline" });
  const navigate = useNavigate({ from: "/pipeline" });
  const view = search.view ?? "board";
  return (
    <>
      <PageHeader
        title={t("pipeline.title")}
        actions={
          <>
            <SegmentedControl
              aria-label={t("pipeline.view")}
              value={view}
              onChange={(v) => void navigate({ search: (s) => ({ ...s, view: v as "board" | "list" }) })}
              data={[
                { value: "board", label: t("pipeline.board") },
                { value: "list", label: t("pipeline.list") },
              ]}
            />
            {can("applications.write") && (
              <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={() => void navigate({ search: (s) => ({ ...s, new: true }) })}>
                {t("pipeline.new")}
              </Button>
            )}
          </>
        }
      />
      {view === "board" ? <BoardView /> : <ListView />}
      <NewFileDialog opened={search.new === true && can("applications.write")} onClose={() => void navigate({ search: (s) => ({ ...s, new: undefined }), replace: true })} />
    </>
  );
}
