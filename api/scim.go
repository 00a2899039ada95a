package api

func scimRoutes(d Deps) []Route { return nil }
