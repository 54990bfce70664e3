{{/*
Values as TOML. Helm's own toToml writes whole numbers as 8765.0 and its errors into the file. The strings, numbers and
lists of JSON are those of TOML, but for DEL, which has to be escaped.
*/}}
{{- define "drainwatch.toml.key" -}}
{{- if regexMatch "^[A-Za-z0-9_-]+$" . }}{{ . }}{{ else }}{{ include "drainwatch.toml.value" . }}{{ end -}}
{{- end -}}

{{- define "drainwatch.toml.value" -}}
{{- if kindIs "map" . -}}
{{- $table := . -}}
{ {{- range $i, $key := keys $table | sortAlpha }}{{ if $i }},{{ end }} {{ include "drainwatch.toml.key" $key }} = {{ include "drainwatch.toml.value" (index $table $key) }}{{ end }} }
{{- else if kindIs "slice" . -}}
[{{ range $i, $one := . }}{{ if $i }}, {{ end }}{{ include "drainwatch.toml.value" $one }}{{ end }}]
{{- else if kindIs "string" . -}}
{{- toRawJson . | replace "\x7f" "\\u007f" -}}
{{- else -}}
{{- toRawJson . -}}
{{- end -}}
{{- end -}}

{{/* A table with what is in it: .path, its dotted name, and .table. What is null isn't set. */}}
{{- define "drainwatch.toml.table" -}}
{{- $path := .path -}}
{{- $table := .table -}}
{{- $plain := list -}}
{{- range $key := keys $table | sortAlpha }}
{{- $value := index $table $key }}
{{- if not (or (kindIs "map" $value) (kindIs "invalid" $value)) }}
{{- $plain = append $plain (printf "%s = %s" (include "drainwatch.toml.key" $key) (include "drainwatch.toml.value" $value)) }}
{{- end }}
{{- end }}
{{- if and $path $plain }}
[{{ $path }}]
{{- end }}
{{- range $plain }}
{{ . }}
{{- end }}
{{- if and $path $plain }}
{{ end }}
{{- range $key := keys $table | sortAlpha }}
{{- $value := index $table $key }}
{{- if kindIs "map" $value }}
{{- $name := include "drainwatch.toml.key" $key }}
{{- include "drainwatch.toml.table" (dict "path" (ternary (printf "%s.%s" $path $name) $name (ne $path "")) "table" $value) }}
{{- end }}
{{- end }}
{{- end -}}
