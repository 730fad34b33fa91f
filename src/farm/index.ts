/** Worker threads with a watchdog, the jobs they do, and the users' files they load. */
export { InputProblem, type Job, jobOfTrace, parametersOf, type Subject, subjectOf } from "./job.ts";
export { Interrupted, type Outcome, type PoolOptions, runJobs } from "./pool.ts";
export { type Explored, exploreJob, type Progress } from "./run-job.ts";
export { serve } from "./serve.ts";
export { type Library, loadUserDesigns, placeIn, type UserDesigns } from "./user-designs.ts";
