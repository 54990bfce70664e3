import { live } from "../ui/live";
import { shell } from "../ui/shell";

shell();
live(async () => {});
