
# ---- Steps: each brings one thing to what it should be, whatever it was -------------------------------------------------------

function Invoke-Step {
    param([object] $Step, [object] $Journal)
    $Release = Get-Release $Step.version
    $Unit = $null
    if ($Step.name -and @('replace', 'start', 'firewall') -contains $Step.do) { $Unit = Get-InstanceByName $Release $Step.name }
    switch ($Step.do) {
        'keep-release' { Save-Release $Release }
        'programs' { Copy-Program $Release }
        'replace' { Set-Instance $Unit }
        'start' { Start-Unit $Unit }
        'front' { Set-Front $Release }
        'traffic' { Set-Traffic $Release @(Get-Traffic $Release $Step.slot $Step.value $Step.name) }
        'judge' { Assert-Success $Release $Step.slot }
        'drain' { Wait-Drained $Release }
        'retire' { Disable-Instance $Step.name (Get-StopTimeout $Step.name) ([bool]$Step.value) }
        'package' { Install-Package $Release $Journal }
        'firewall' { Set-FirewallRule $Unit }
        'record' { Save-Record $Release $Step.slot $Journal }
        'clean' { Remove-OldVersion $Release }
        'remove-front' { Remove-FormerFront $Release $Step.name }
        'remove-package' { Remove-Package $Release }
        'remove-service' { Remove-Instance $Step.name (Get-StopTimeout $Step.name); Remove-Recorded 'services' $Step.name }
        'remove-firewall' { Remove-FirewallRule $Step.name; Remove-Recorded 'firewall' $Step.name }
        'remove-event-source' { Remove-EventSource $Step.name; Remove-Recorded 'events' $Step.name }
        'remove-files' { Remove-ProductFile $Release ([bool]$Step.value) }
        default { Stop-Run "the journal has a step ``$($Step.do)`` that this script does not know" 'use the Deploy.ps1 that began the action' }
    }
}

# Keeps what is needed to come back to this version: its deployment.json, its configuration files, its package.
function Save-Release {
    param([object] $Release)
    Set-Directory $Release.locations.data
    Set-Directory $Release.locations.state
    if ($Release.product.version -ne $Run.Release.product.version) { return }
    $Folder = Get-ReleaseFolder $Release.product.version
    if (-not (Test-Path -LiteralPath $Folder)) { New-Item -ItemType Directory -Path $Folder -Force | Out-Null }
    foreach ($Artifact in @($Release.artifacts | Where-Object { $_.role -ne 'program' })) {
        Copy-Artifact $Artifact (Join-Path $Folder $Artifact.file.Replace('/', '\'))
    }
    $Nginx = Join-Path $Run.Folder 'nginx\server.conf'
    if (Test-Path -LiteralPath $Nginx) { Copy-File $Nginx (Join-Path $Folder 'nginx.conf') }
    Copy-File $Run.Source (Join-Path $Folder 'deployment.json')
}

# Copies an artifact unless it is there already, and compares what arrived.
function Copy-Artifact {
    param([object] $Artifact, [string] $Path)
    if ((Test-Path -LiteralPath $Path) -and (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash -eq $Artifact.sha256) { return }
    $Folder = Split-Path -Parent $Path
    if (-not (Test-Path -LiteralPath $Folder)) { New-Item -ItemType Directory -Path $Folder -Force | Out-Null }
    Invoke-FileWork { Copy-Item -LiteralPath (Join-Path $Run.Folder $Artifact.file.Replace('/', '\')) -Destination "$Path.new" -Force }
    if ((Get-FileHash -LiteralPath "$Path.new" -Algorithm SHA256).Hash -ne $Artifact.sha256) { Stop-Run "``$Path`` arrived damaged" 'check the disk, and run again' }
    Move-File "$Path.new" $Path
    Add-Change "file $Path"
}

function Copy-Program {
    param([object] $Release)
    $Folder = Expand-DeployPath $Release.locations.version
    foreach ($Artifact in @($Release.artifacts | Where-Object { $_.role -eq 'program' })) {
        $Path = Join-Path $Folder (Split-Path -Leaf $Artifact.file.Replace('/', '\'))
        if ($Release.product.version -eq $Run.Release.product.version) { Copy-Artifact $Artifact $Path }
        elseif (-not (Test-Path -LiteralPath $Path)) { Stop-Run "``$Path`` of version $($Release.product.version) is gone" 'install that version from its own folder' }
    }
}

# Directories, configuration, service, event source and firewall rules of one instance. It is stopped only if its program changes.
function Set-Instance {
    param([object] $Unit)
    $Name = $Unit.Instance.service_name
    $Key = Get-ServiceKey $Name
    $Image = Get-KeyValue $Key 'ImagePath'
    if ($Image -and $Image -cne (Get-ImagePath $Unit)) {
        Clear-Recovery $Name
        Stop-Instance $Name ($Unit.Service.stop_timeout_ms + 30000)
    }
    if ($Unit.Service.account.kind -ne 'virtual') { foreach ($Directory in $Unit.Instance.config, $Unit.Instance.data, $Unit.Instance.log) { Set-Directory $Directory } }
    Set-ServiceDefinition $Unit
    # A virtual account exists with its service only.
    foreach ($Directory in $Unit.Instance.config, $Unit.Instance.data, $Unit.Instance.log) { Set-Directory $Directory }
    Set-Configuration $Unit
    Set-EventSource $Unit.Service.event_source
    Set-FirewallRule $Unit
}

# Configuration files. One that is kept comes from the running slot, where an administrator may have changed it.
function Set-Configuration {
    param([object] $Unit)
    $Folder = Expand-DeployPath $Unit.Instance.config.path
    foreach ($File in $Unit.Service.config) {
        $Path = Join-Path $Folder $File.name
        $Running = Get-RunningConfiguration $Unit $File.name
        if ($File.keep -and $Running) {
            if ((Test-Path -LiteralPath $Path) -and (Get-FileHash -LiteralPath $Path).Hash -eq (Get-FileHash -LiteralPath $Running).Hash) { continue }
            Copy-File $Running $Path
            Add-Change "configuration $Path"
            continue
        }
        if ($File.keep -and (Test-Path -LiteralPath $Path)) { continue }
        $Artifact = $Unit.Release.artifacts | Where-Object { $_.file -eq $File.file } | Select-Object -First 1
        $Source = Join-Path (Get-ReleaseFolder $Unit.Release.product.version) $File.file.Replace('/', '\')
        if ((Test-Path -LiteralPath $Path) -and (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash -eq $Artifact.sha256) { continue }
        Copy-File $Source $Path
        Add-Change "configuration $Path"
    }
}

# The same file of the instance's counterpart in the slot that serves, when that is another one.
function Get-RunningConfiguration {
    param([object] $Unit, [string] $Name)
    $Record = Read-Record
    if (-not $Record -or -not $Unit.Instance.slot -or $Record.current.slot -eq $Unit.Instance.slot) { return $null }
    if ($Record.previous -and $Record.previous.slot -eq $Unit.Instance.slot -and $Record.previous.version -eq $Unit.Release.product.version) { return $null }
    $Peers = @(Get-Instance $Unit.Release $Record.current.slot | Where-Object { $_.Service.name -eq $Unit.Service.name })
    $Own = @(Get-Instance $Unit.Release $Unit.Instance.slot | Where-Object { $_.Service.name -eq $Unit.Service.name })
    for ($Index = 0; $Index -lt $Own.Count; $Index++) {
        if ($Own[$Index].Instance.service_name -ne $Unit.Instance.service_name) { continue }
        $Path = Join-Path (Expand-DeployPath $Peers[$Index].Instance.config.path) $Name
        if (Test-Path -LiteralPath $Path) { return $Path }
    }
    return $null
}
