import { QueryCache, QueryClient } from "@tanstack/react-query";
import { isProblem } from "~/api/problem";

/** Made once. `onShutOut` is called when the server no longer knows the session, or wants a second factor before anything else. */
export function makeQueryClient(onShutOut: () => void) {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (isProblem(error) && (error.status === 401 || error.code === "auth.second_factor_required")) onShutOut();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        // Only what may be different in a moment is worth asking twice.
        retry: (count, error) => count < 2 && isProblem(error) && (error.status === 0 || error.status === 503),
      },
      mutations: { retry: false },
    },
  });
}
