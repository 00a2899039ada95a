import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { DeleteProperty } from "./DeleteProperty";
import { PropertyEditor } from "./PropertyEditor";
import { propertyQuery } from "./properties";

export function PropertyPage() {
  const { t } = useTranslation();
  const { can } = useSession();
  const { id } = useParams({ from: "/inside/properties/$id" });
  const property = useQuery(propertyQuery(id));
  return (
    <QueryView query={property}>
      {(p) => (
        <>
          <PageHeader over={t(`properties.kinds.${p.kind ?? "other"}`)} title={p.address_line} actions={can("properties.delete") && <DeleteProperty property={p} />} />
          <PropertyEditor key={p.id} property={p} editable={can("properties.write")} />
        </>
      )}
    </QueryView>
  );
}
