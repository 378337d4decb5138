import { behavesAsItsMatrix } from "./platform";
import { leavesNothing } from "./platform/coming-up";
import { Subject } from "./platform/subject";

const subject = new Subject({
    platform: "agents",
    stack: "agents-dev",
    golden: "agents.dev",
    front: "Nginx Proxy",
    listener: "OAuth Manager",
    database: "PostgreSQL",
    cache: "Redis",
});

behavesAsItsMatrix(subject);
leavesNothing(subject);
