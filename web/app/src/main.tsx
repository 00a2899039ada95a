import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/global.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { meKey } from "./api/keys";
import { followBuilds } from "./app/newBuild";
import { nonce } from "./app/nonce";
import { makeQueryClient } from "./app/queryClient";
import { makeRouter } from "./app/router";
import { theme, variables } from "./app/theme";
import { StepUpDialog } from "./features/security/StepUpDialog";
import { startWords } from "./i18n";

// The session ended, or the agency asks for a second factor from now on: the router asks who is here and leads there.
const client = makeQueryClient(() => {
  if (client.getQueryData(meKey) === undefined) return; // nobody was signed in: the router already knows
  client.removeQueries({ queryKey: meKey });
  void router.invalidate();
});
const router = makeRouter(client);

followBuilds();
await startWords();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <Notifications position="bottom-right" />
      <QueryClientProvider client={client}>
        <StepUpDialog />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
