import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";

export const agencyQuery = queryOptions({ queryKey: keys.list("agency"), queryFn: () => take(api.GET("/api/v1/agency")) });
