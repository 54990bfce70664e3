// Names for what the API answers with; the shapes themselves are generated from its OpenAPI document.

import type { components } from "./types";

type Schemas = components["schemas"];

export type Status = Schemas["StatusOut"];
export type Namespace = Schemas["NamespaceOut"];
export type Namespaces = Schemas["NamespacesOut"];
export type Incident = Schemas["IncidentOut"];
export type IncidentDetail = Schemas["IncidentDetailOut"];
export type Anomaly = Schemas["AnomalyOut"];
export type Reason = Schemas["ReasonOut"];
export type Change = Schemas["ChangeOut"];
export type Changed = Schemas["ChangedOut"];
export type Difference = Schemas["DifferenceOut"];
export type Template = Schemas["TemplateOut"];
export type Lanes = Schemas["LanesOut"];
export type Lane = Schemas["LaneOut"];
export type Counts = Schemas["CountsOut"];
export type Scores = Schemas["ScoresOut"];
export type Feedback = Schemas["FeedbackOut"];
export type Suggestion = Schemas["SuggestionOut"];
export type Silence = Schemas["SilenceOut"];
export type Alert = Schemas["AlertOut"];
export type Version = Schemas["VersionOut"];
export type Compared = Schemas["ComparedOut"];
export type Setting = Schemas["SettingOut"];
export type Settings = Schemas["SettingsOut"];
export type Templates = Schemas["TemplatesOut"];
export type Levels = Schemas["LevelsOut"];
export type Trends = Schemas["TrendsOut"];
export type Detectors = Schemas["DetectorsOut"];
export type Token = Schemas["TokenOut"];
export type TokenMade = Schemas["TokenMadeOut"];
export type Act = Schemas["ActOut"];
export type Me = Schemas["MeOut"];
export interface Items<T> {
  items: T[];
  next_cursor?: string | null;
}
