# lm.ridge of R's MASS for every cell: the penalty with the smallest GCV of 49 and the four coefficients.
# Usage: Rscript ridge.R z_scores.csv result.csv; the first has columns cell, y, x1..x4, all z-scored with 1/n.
library(MASS)
arguments <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(arguments[1])
penalties <- 10^seq(-4, 4, length.out = 49)
one <- function(cell) {
  mine <- rows[rows$cell == cell, ]
  fit <- lm.ridge(y ~ x1 + x2 + x3 + x4, mine, lambda = penalties)
  best <- which.min(fit$GCV)
  c(cell, penalties[best], coef(fit)[best, c("x1", "x2", "x3", "x4")])
}
result <- t(sapply(unique(rows$cell), one))
colnames(result) <- c("cell", "penalty", "x1", "x2", "x3", "x4")
write.csv(format(as.data.frame(result), digits = 17), arguments[2], row.names = FALSE, quote = FALSE)
