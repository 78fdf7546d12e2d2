# Runs the table of tests/windows_sim/rules.json, which the doubles of the tests obey, against the real commands. Not run yet.
# Needs an elevated PowerShell; leaves no service behind.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Continue'
$Rules = Get-Content -LiteralPath (Join-Path $PSScriptRoot '..\windows_sim\rules.json') -Raw -Encoding UTF8 | ConvertFrom-Json
$Failures = 0
foreach ($Rule in $Rules) {
    & sc.exe delete GoreleaseRule *> $null
    $Before = @()
    if ($Rule.PSObject.Properties['before']) { $Before = $Rule.before }
    foreach ($Command in @($Before) + , $Rule.run) {
        $Words = @($Command)
        $Arguments = @($Words | Select-Object -Skip 1)
        if ($Words[0] -eq 'msiexec') { $Code = (Start-Process -FilePath msiexec.exe -ArgumentList $Arguments -Wait -PassThru).ExitCode }
        else {
            & "$($Words[0]).exe" @Arguments *> $null
            $Code = $LASTEXITCODE
        }
    }
    if ($Code -ne $Rule.code) {
        $Failures++
        Write-Output "$($Rule.name): $Code, the table says $($Rule.code)"
    }
}
& sc.exe delete GoreleaseRule *> $null
if ($Failures -gt 0) { throw "$Failures rules are not as Windows is" }
exit 0
