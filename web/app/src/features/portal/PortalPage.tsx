import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Loading } from "~/ui/Loading";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { Arrival } from "./Arrival";
import { Farewell } from "./Farewell";
import { Inside } from "./Inside";
import { Outside } from "./Outside";
import { type Self, selfQuery, visitKey } from "./portal";
import { type Over, shutOut, VisitContext } from "./visit";

/** The applicants' portal. A mailed link brings its token behind `#`, which no server and no log ever sees. */
export function PortalPage() {
  const token = useLocation({ select: (l) => l.hash });
  return token ? <Arrival key={token} token={token} /> : <Visit />;
}

function Visit() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [over, setOver] = useState<{ why: Over; agency?: string } | null>(null);
  const me = useQuery({ ...selfQuery, enabled: over === null });
  const end = useCallback(
    (why: Over) => {
      setOver({ why, agency: client.getQueryData<Self>(selfQuery.queryKey)?.agency });
      client.removeQueries({ queryKey: visitKey }); // nothing of this person stays in the page
    },
    [client],
  );
  const out = shutOut(me.error);
  useEffect(() => {
    if (out && me.data) end("ended");
  }, [out, me.data, end]);
  const visit = useMemo(() => (me.data ? { me: me.data, end } : null), [me.data, end]);

  if (over) return <Farewell why={over.why} agency={over.agency} />;
  if (visit && !out) {
    return (
      <VisitContext value={visit}>
        <Inside onStay={() => void me.refetch()} />
      </VisitContext>
    );
  }
  if (out) return <Farewell why="none" />;
  return <Outside title={t("portal.title")}>{me.isError ? <ProblemAlert error={me.error} onRetry={() => void me.refetch()} /> : <Loading />}</Outside>;
}
