/** Behind every test file: files of one worker share their modules, so a hook inside one of those would run once only. */
import { afterAll } from "vitest";
import { removeFolders } from "./cli/world.ts";

afterAll(removeFolders);
