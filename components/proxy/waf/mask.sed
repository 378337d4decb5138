# Takes what requests carried out of ModSecurity's audit log (JSON, one transaction a line; extended expressions).
# Inside a JSON string quotes are escaped, so that `"name":"` begins a member and nothing else.

# The query string.
s/("uri":"([^"\\?]|\\.)*)\?([^"\\]|\\.)*"/\1"/
# Bodies, should a version log one whatever SecAuditLogParts says.
s/"body":"([^"\\]|\\.)*",?//g
# The value that a rule matched: its name (ARGS:note) is kept, by which an exclusion is written.
s/"data":"([^"\\]|\\.)* found within ([A-Z_]+(:[A-Za-z0-9_.-]+)?): ([^"\\]|\\.)*"/"within":"\2"/g
s/"data":"([^"\\]|\\.)*",?//g
s/ \(Value: ([^"\\]|\\.)*"/"/g
# The rule's own pattern, thousands of characters long, and what nobody reads.
s/"match":"Matched \\"Operator `([A-Za-z]*)' with parameter `([^"\\]|\\.)*' against variable `/"match":"\1 on `/g
s/"(reference|file|lineNumber|rev|maturity|accuracy)":"[^"]*",?//g
s/,}/}/g
