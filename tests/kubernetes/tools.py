"""The programs that render and check manifests, and the sources of the schemas to check them with: what is pinned.

For a newer one change its version and its sum, which `go mod download -json <module>@<version>` prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.kubernetes.golang import module, program

KUBERNETES = "1.34.4"
"""The version that manifests are checked for; the charts say which others they run on."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A Go module."""

    path: str
    version: str
    sum: str

    def source(self) -> Path:
        """Its folder. Raises `MissingError`."""
        return module(self.path, self.version, self.sum)

    def program(self, package: str) -> Path:
        """One of its programs. Raises `MissingError`."""
        return program(self.path, self.version, self.sum, package)


HELM = Pinned("helm.sh/helm/v3", "v3.22.0", "h1:n1if5iQgHYsujPAcO5oonH/KiSNUmqmUF0iGVjSF3AU=")
KUBECONFORM = Pinned("github.com/yannh/kubeconform", "v0.8.0", "h1:loDYd3a3spjIFrauqW67CDKF55Oo9R6uvC8AvpVd4ug=")
KUBE_SCORE = Pinned("github.com/zegl/kube-score", "v1.20.0", "h1:J1VqK86SunV4Gg8emPTmwUVxe0rmXnAs5K9ZUbGMKR8=")

KUBERNETES_SOURCE = Pinned("k8s.io/kubernetes", f"v{KUBERNETES}", "h1:Yy6R4QB8C9kJPp25GFqEvX5XQwY5qzKeqD0Xx6oAcmk=")
ECK = Pinned("github.com/elastic/cloud-on-k8s/v3", "v3.5.0", "h1:sR4oj+gNnwI9hgsKhBwjUlx+5F2T/kND40hrzaogtek=")
"""Its charts are in deploy/, of which eck-stack 0.20.0 is whole; its licence is Elastic's: look, don't copy."""
PROMETHEUS_OPERATOR = Pinned(
    "github.com/prometheus-operator/prometheus-operator",
    "v0.85.0",
    "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
)
CERT_MANAGER = Pinned(
    "github.com/cert-manager/cert-manager", "v1.21.2", "h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68="
)
KEDA = Pinned("github.com/kedacore/keda/v2", "v2.21.0", "h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps=")
VPA = Pinned("k8s.io/autoscaler/vertical-pod-autoscaler", "v1.8.1", "h1:Pe8bV1wozN4gOKO1rleiIY5alIyAXN+DnXDbXQcL4fI=")
ARGO_CD = Pinned("github.com/argoproj/argo-cd/v3", "v3.3.19", "h1:jVmtyRAQo1zBMxIIx+MtI99q1FA53IMtF+yRc78XvoY=")
"""The newest of the 3.3 line: it is half the download of 3.5, and Applications are the same."""


def helm() -> Path:
    """Renders charts. Raises `MissingError`."""
    return HELM.program("cmd/helm")


def kubeconform() -> Path:
    """Compares manifests with schemas. Raises `MissingError`."""
    return KUBECONFORM.program("cmd/kubeconform")


def kube_score() -> Path:
    """Looks for what makes manifests run badly. Raises `MissingError`."""
    return KUBE_SCORE.program("cmd/kube-score")
