/** silence: who should be heard and is not: learned pauses, volume, fields and clocks. Surface of the area. */
export { createSilence, type Silence, type SilenceOptions, type WatchAlert } from "./create.ts";
