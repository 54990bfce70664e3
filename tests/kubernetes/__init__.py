"""What is made for Kubernetes, checked with its own tools: helm renders it, kubeconform and kube-score look at it."""
