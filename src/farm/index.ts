/** Worker threads with a watchdog, the jobs they do, and the users' files they load. */
export { type DividedOptions, exploreDivided, type PieceOfJob } from "./explore-divided.ts";
export type { Forecast } from "./forecast.ts";
export { InputProblem, type Job, jobOfTrace, parametersOf, type Subject, subjectOf } from "./job.ts";
export { Plan, type SavedPlan, type UnitAnswer } from "./plan.ts";
export { Interrupted, type Outcome, Pool, runJobs } from "./pool.ts";
export {
  concludeJob,
  type Explored,
  exploreJob,
  exploreUnit,
  forecastOf,
  type Progress,
  type UserFiles,
} from "./run-job.ts";
export { serve } from "./serve.ts";
export { isToken, tokenOf, traceOfToken } from "./token.ts";
export { loadUserDesigns, type UserDesigns } from "./user-designs.ts";
export { type Library, placeIn } from "./user-module.ts";
export { loadUserScenario, scenarioFileOf, type UserScenario } from "./user-scenario.ts";
